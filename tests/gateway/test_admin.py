"""What the operators' site holds, and what it must not show."""

from django.contrib import admin

from accounts.models import User


def test_only_the_gateways_own_rooms_are_in_the_admin() -> None:
    assert {model._meta.app_label for model in admin.site._registry} == {"accounts", "tokens", "messaging"}
    assert User in admin.site._registry


def test_no_field_of_a_secret_is_shown_in_any_of_them() -> None:
    secrets = {"digest", "old_digest", "lookup", "old_lookup", "data"}
    for model, site in admin.site._registry.items():
        shown = {str(field) for field in (*site.list_display, *site.search_fields, *(site.fields or ()))}
        assert not shown & secrets, model
