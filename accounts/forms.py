"""Forms of the people's pages."""

from typing import Any

from allauth.account.forms import SignupForm
from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest

from accounts import noting
from accounts.models import Membership, User, one_line
from accounts.roles import Can, Role
from accounts.signing_up import arrive


class SignUp(SignupForm):  # type: ignore[misc]  # allauth has no types
    def save(self, request: HttpRequest) -> User:
        """Save the person, their address and their account together, or nothing of it."""
        with transaction.atomic():
            user: User = super().save(request)
            arrive(request, user)
        return user


class AddPasskey(AddWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    """A new passkey, which signs in by itself unless its owner wants it beside the password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.update(name="Passkey", passwordless=True)
        alone = self.fields["passwordless"]
        alone.label = "Sign in with it alone"
        alone.help_text = (
            "It asks for a fingerprint, a face or a PIN in place of your password. "
            "Untick for a key that has none of these."
        )


class RenamePasskey(EditWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    """Another name for a passkey: the one change of it that allauth tells nobody."""

    name = forms.CharField(max_length=100, validators=[one_line])

    def save(self) -> Authenticator:
        before, user = self.initial["name"], self.instance.user
        with transaction.atomic():
            renamed = super().save()
            noting.note(context.request, user, "passkey_renamed", changes={"name": [before, self.cleaned_data["name"]]})
        return renamed


class FirstOwner(forms.Form):
    email = forms.EmailField(label="Email", widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    password = forms.CharField(
        label="Password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 10 characters.",
    )
    account = forms.CharField(
        label="Account name",
        max_length=150,
        validators=[one_line],
        help_text="Your organisation, as others will see it.",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "password" in cleaned:
            try:
                validate_password(cleaned["password"], User(email=cleaned.get("email", "")))
            except ValidationError as refusal:
                self.add_error("password", refusal)
        return cleaned


class AccountName(forms.Form):
    name = forms.CharField(label="Account name", max_length=150, validators=[one_line])


def _roles_for(grantor: Membership) -> list[tuple[str, str]]:
    given = [role for role in Role if role != Role.OWNER or grantor.may(Can.MANAGE_OWNERS)]
    return [(role.value, role.label) for role in given]


class RoleChoice(forms.Form):
    """One role, out of those that the asking member may give."""

    role = forms.ChoiceField(label="Role")

    def __init__(self, *args: Any, grantor: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["role"]
        if isinstance(field, forms.ChoiceField):
            field.choices = _roles_for(grantor)

    def chosen(self) -> Role:
        return Role(self.cleaned_data["role"])


class Invite(RoleChoice):
    role = forms.ChoiceField(label="Role", initial=Role.DEVELOPER)
    email = forms.EmailField(label="Email", widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    field_order = ("email", "role")
