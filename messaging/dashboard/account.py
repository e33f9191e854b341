"""Settings → Account: its name, where it is, and what it refuses."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.audit import person
from accounts.changing import change_settings, zone_rule
from accounts.models import Account, one_line
from accounts.permissions import MemberRequest, must_be_allowed
from accounts.places import region_choices, zone_choices
from accounts.roles import Can
from messaging.dashboard.tokens.pages import member_page
from tokens import authentication


class AccountSettings(forms.Form):
    name = forms.CharField(
        max_length=150,
        validators=[one_line],
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
        help_text="Your organisation, as others will see it.",
    )
    time_zone = forms.ChoiceField()
    default_region = forms.ChoiceField(
        label="Region",
        required=False,
        help_text="Where numbers that are written without + and country code belong.",
    )
    strict_numbers = forms.BooleanField(
        label="Strict numbers", required=False, help_text="Refuse numbers that no carrier has handed out."
    )
    strict_templates = forms.BooleanField(
        label="Strict templates",
        required=False,
        help_text="Refuse messages from a template that this account does not have.",
    )

    def __init__(self, account: Account, data: Any = None) -> None:
        super().__init__(data, initial={name: getattr(account, name) for name in self.base_fields})
        zone, region = self.fields["time_zone"], self.fields["default_region"]
        zone.help_text = f"Days and months, also those of limits, begin at midnight there. {zone_rule(account)}"
        if isinstance(zone, forms.ChoiceField) and isinstance(region, forms.ChoiceField):
            zone.choices = zone_choices(account.time_zone)
            region.choices = [("", "None"), *region_choices()]


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Can.SEE)
def account(request: MemberRequest) -> HttpResponse:
    """Show the account's settings; on POST, change them."""
    mine = request.membership.account
    if request.method != "POST":
        return _page(request, AccountSettings(mine))
    must_be_allowed(request.membership, Can.MANAGE_ACCOUNT)
    form = AccountSettings(mine, request.POST)
    if form.is_valid():
        try:
            change_settings(mine, by=person(request), **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            authentication.forget()
            messages.success(request, "The settings are saved.")
            return redirect("settings-account")
    return _page(request, form, status=422)


def _page(request: MemberRequest, form: AccountSettings, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "may_manage": request.membership.may(Can.MANAGE_ACCOUNT)}
    return render(request, "messaging/account.html", context, status=status)
