"""How people and accounts come together: opening, joining, leaving, and who may change whom.

Every verb writes its audit entry in its own transaction. `grantor` is the membership that asks; None stands
for the operators' doors (admin, command line), which may do anything that leaves the account an owner.
"""

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils import timezone

from accounts.audit import Actor, record
from accounts.models import Account, Invitation, Membership, Plan, User
from accounts.roles import Can, Role

MAX_PENDING_INVITATIONS = 50


class NotPossible(Exception):
    """A change that the rules refuse; its text is a sentence for the person who asked."""


def create_person(*, email: str, password: str, name: str = "", is_operator: bool = False) -> User:
    """Make a person whose e-mail address counts as verified. Operators may use the admin site."""
    with transaction.atomic():
        user = User.objects.create_user(email, password, name=name, is_staff=is_operator, is_superuser=is_operator)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def open_account(*, user: User, name: str, by: Actor, plan: Plan | None = None) -> Account:
    """Open an account that `user` owns, on the Free plan unless told."""
    with transaction.atomic():
        account = Account.objects.create(name=name, plan=plan or Plan.free())
        Membership.objects.create(account=account, user=user, role=Role.OWNER)
        record(account=account, actor=by, action="account.opened", target=account, changes={"owner": user.email})
    return account


def suspend_account(account: Account, *, by: Actor) -> None:
    """Refuse every credential of the account until it is resumed."""
    _set_suspended(account, by=by, suspended=True)


def resume_account(account: Account, *, by: Actor) -> None:
    _set_suspended(account, by=by, suspended=False)


def _set_suspended(account: Account, *, by: Actor, suspended: bool) -> None:
    with transaction.atomic():
        asked = Account.objects.filter(pk=account.pk, suspended_at__isnull=suspended)
        if asked.update(suspended_at=timezone.now() if suspended else None):
            action = "account.suspended" if suspended else "account.resumed"
            record(account=account, actor=by, action=action, target=account)


def join_account(*, user: User, account: Account, role: Role, by: Actor) -> Membership:
    """Let a person into an account. Raises NotPossible if they are in it already."""
    with transaction.atomic():
        made, is_new = Membership.objects.get_or_create(account=account, user=user, defaults={"role": role})
        if not is_new:
            raise NotPossible(f"{user} is in {account} already.")
        record(account=account, actor=by, action="member.joined", target=made, changes={"role": role})
    return made


def change_role(membership: Membership, role: Role, *, by: Actor, grantor: Membership | None) -> None:
    """Give a member another role. Raises NotPossible where roles or the last owner forbid it."""
    with transaction.atomic():
        member = _locked(membership)
        before = Role(member.role)
        _must_manage(grantor, before, role)
        if before == role:
            return
        if before == Role.OWNER:
            _must_leave_an_owner(member)
        member.role = role
        member.save(update_fields=["role"])
        changes = {"role": [before, role]}
        record(account=member.account, actor=by, action="member.role_changed", target=member, changes=changes)


def remove_member(membership: Membership, *, by: Actor, grantor: Membership | None) -> None:
    """Take a person out of an account; people may always leave by themselves, except the last owner."""
    with transaction.atomic():
        member = _locked(membership)
        if grantor is None or grantor.pk != member.pk:
            _must_manage(grantor, Role(member.role))
        if member.role == Role.OWNER:
            _must_leave_an_owner(member)
        changes = {"role": [member.role, None]}
        record(account=member.account, actor=by, action="member.removed", target=member, changes=changes)
        member.delete()


def invite(
    *, account: Account, email: str, role: Role, by: Actor, grantor: Membership | None
) -> tuple[Invitation, str]:
    """Invite a person by e-mail address; returns the invitation and its link's secret, which is not kept.

    An earlier invitation of the same address ends. Raises NotPossible.
    """
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=account.pk)
        _must_manage(grantor, role)
        if account.memberships.filter(user__email__iexact=email).exists():
            raise NotPossible(f"{email} is in {account} already.")
        for earlier in account.invitations.usable().filter(email__iexact=email):
            revoke_invitation(earlier, by=by, grantor=grantor)
        if account.invitations.usable().count() >= MAX_PENDING_INVITATIONS:
            raise NotPossible(f"{MAX_PENDING_INVITATIONS} invitations are waiting. Revoke one first.")
        invitation, secret = Invitation.issue(account=account, email=email, role=role, by=by.user)
        record(account=account, actor=by, action="invitation.made", target=invitation, changes={"role": role})
    return invitation, secret


def revoke_invitation(invitation: Invitation, *, by: Actor, grantor: Membership | None) -> None:
    """End an invitation that nobody has used."""
    with transaction.atomic():
        _must_manage(grantor, Role(invitation.role))
        record(account=invitation.account, actor=by, action="invitation.revoked", target=invitation)
        Invitation.objects.filter(pk=invitation.pk, accepted_at=None).delete()


def accept_invitation(invitation: Invitation, *, user: User, by: Actor) -> Membership:
    """Join the account that the invitation leads to. Raises NotPossible if it is used, revoked or over."""
    with transaction.atomic():
        mine = Invitation.objects.usable().filter(pk=invitation.pk)
        if mine.update(accepted_at=timezone.now()) != 1:
            raise NotPossible("This invitation was used already, or has ended.")
        return join_account(user=user, account=invitation.account, role=Role(invitation.role), by=by)


def _locked(membership: Membership) -> Membership:
    """Read the membership anew, holding its account: changes to one account's people wait for one another."""
    Account.objects.select_for_update().get(pk=membership.account_id)
    found = Membership.objects.select_related("account", "user").filter(pk=membership.pk).first()
    if found is None:
        raise NotPossible("This person has left the account already.")
    return found


def _must_manage(grantor: Membership | None, *roles: Role) -> None:
    if grantor is None:
        return
    if not grantor.may(Can.MANAGE_PEOPLE):
        raise NotPossible("Your role cannot manage people.")
    if Role.OWNER in roles and not grantor.may(Can.MANAGE_OWNERS):
        raise NotPossible("Only an owner can make, change or remove an owner.")


def _must_leave_an_owner(member: Membership) -> None:
    others = Membership.objects.filter(account=member.account_id, role=Role.OWNER).exclude(pk=member.pk)
    if not others.exists():
        raise NotPossible("An account always keeps one owner. Make someone else owner first.")
