"""The prepaid wallet: what is charged, where it ends, and that nobody gets past the end."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.audit import COMMAND
from accounts.models import Account, AuditEntry, User
from messaging import committer, nudging, wallet
from messaging.drafting import Draft, Sender
from messaging.errors import Refusal, Refused
from messaging.idempotency import Key
from messaging.models import Message
from messaging.sending import Accepted, accept, rehearse
from tests.conftest import SignedIn
from tests.messaging.dialects.subject import Bench, Subject, subjects
from tokens import issuing
from tokens.authentication import forget

Submit = Callable[..., Accepted]


@pytest.fixture(autouse=True)
def price(settings: Settings) -> None:
    settings.GATEWAY_PRICE = Decimal("0.001")


@pytest.fixture
def fill(acme: Account) -> Callable[[str | None], None]:
    """Put so many dollars into acme's wallet, or take the wallet away."""

    def put(dollars: str | None) -> None:
        Account.objects.filter(pk=acme.pk).update(wallet=dollars)
        forget()

    return put


@pytest.fixture
def sender(acme: Account, fill: Callable[[str], None]) -> Sender:
    """A program of acme, whose wallet holds a cent."""
    fill("0.01")
    acme.refresh_from_db()
    return Sender(account=acme, dialect="gateway", key="t1")


def left(account: Account) -> Decimal | None:
    return Account.objects.get(pk=account.pk).wallet


def refused(call: Callable[[], Any]) -> bool:
    with pytest.raises(Refused) as no:
        call()
    return no.value.refusal is Refusal.BALANCE


def test_each_recipient_is_charged(submit: Submit, acme: Account) -> None:
    submit()
    submit(["+966500000142", "+966500000143", "+966500000144"])
    assert left(acme) == Decimal("0.006")


def test_it_ends_exactly_where_the_money_ends(submit: Submit, acme: Account) -> None:
    for _ in range(10):
        submit()
    assert left(acme) == 0
    assert refused(submit)
    assert Message.objects.count() == 10


def test_the_last_request_may_take_more_than_there_is(
    submit: Submit, acme: Account, fill: Callable[[str], None]
) -> None:
    fill("0.0005")
    submit(["+966500000142", "+966500000143"])
    assert left(acme) == Decimal("-0.0015")
    assert refused(submit)


def test_what_is_refused_is_not_charged(submit: Submit, acme: Account) -> None:
    with pytest.raises(Refused):
        submit("12")
    assert left(acme) == Decimal("0.01")


def test_a_repeat_is_not_charged_and_has_its_answer_when_all_is_spent(
    submit: Submit, acme: Account, fill: Callable[[str], None]
) -> None:
    key = Key("POST /v1/messages", "k", b"")
    first = submit(key=key)
    assert submit(key=key).first_id == first.first_id
    assert left(acme) == Decimal("0.009")
    fill("0")
    assert submit(key=key).first_id == first.first_id
    assert left(acme) == 0


def test_a_rehearsal_is_charged_and_refused_like_a_message(sender: Sender, fill: Callable[[str], None]) -> None:
    draft = Draft(to=["+966500000142"], kind="text", body={"body": "Hello"})
    rehearse(sender, draft)
    assert left(sender.account) == Decimal("0.009")
    fill("0")
    assert refused(partial(rehearse, sender, draft))
    assert not Message.objects.exists()


def test_the_sandbox_costs_nothing_and_goes_on_when_all_is_spent(acme: Account, fill: Callable[[str], None]) -> None:
    fill("0")
    acme.refresh_from_db()
    draft = Draft(to=["+966500000142"], kind="text", body={"body": "Hello"})
    accept(Sender(account=acme, dialect="gateway", key="t1", is_sandbox=True), draft)
    assert left(acme) == 0
    assert refused(partial(accept, Sender.from_person(acme), draft)), "a person in the dashboard is charged"


def test_a_wallet_that_is_taken_away_meanwhile_charges_nothing(sender: Sender, fill: Callable[[None], None]) -> None:
    fill(None)
    accept(sender, Draft(to=["+966500000142"], kind="text", body={"body": "Hello"}))
    assert left(sender.account) is None


def test_an_account_without_a_wallet_is_not_asked_for_it(acme: Account) -> None:
    person = Sender.from_person(acme)
    draft = Draft(to=["+966500000142"], kind="text", body={"body": "Hello"})
    accept(person, draft)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        accept(person, draft)
    statements = [query["sql"] for query in asked.captured_queries]
    assert statements
    assert not [sql for sql in statements if re.search(r'(FROM|UPDATE) "accounts_account"', sql)]


@pytest.mark.parametrize("subject", list(subjects()), ids=lambda subject: subject.name)
def test_every_api_refuses_in_its_own_words(
    subject: Subject, acme: Account, other: Account, settings: Settings
) -> None:
    Account.objects.filter(pk=acme.pk).update(wallet=Decimal(0))
    acme.refresh_from_db()
    bench = Bench(subject, acme, other, settings)
    no, response = Refused(Refusal.BALANCE, "The account's wallet is empty."), bench.send()
    bench.assert_refused(response, no)
    said, expected = (re.sub(rb"req_\w+", b"", answer.content) for answer in (response, subject.answer(no)))
    assert said == expected


@pytest.mark.django_db(transaction=True)
def test_forty_at_once_spend_no_more_than_there_is_and_disturb_nobody(
    sender: Sender, other: Account, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.GATEWAY_COMMIT_INLINE = False
    monkeypatch.setattr(nudging, "nudge", lambda: None)
    draft = Draft(to=["+966500000142"], kind="text", body={"body": "Hello"})

    def run(who: Sender) -> Any:
        try:
            return accept(who, draft)
        except Refused as no:
            return no.refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(run, [sender, Sender.from_person(other)] * 40))
    committer.close()
    assert [isinstance(answer, Accepted) for answer in answers[::2]].count(True) == 10
    assert answers[::2].count(Refusal.BALANCE) == 30
    assert all(isinstance(answer, Accepted) for answer in answers[1::2])
    assert left(sender.account) == 0
    assert Message.objects.for_account(sender.account).count() == 10


def test_topping_up_adds_and_leaves_a_trace(acme: Account) -> None:
    assert wallet.top_up(acme, Decimal("2.50"), by=COMMAND) == Decimal("2.5")
    assert wallet.top_up(acme, Decimal("0.000001"), by=COMMAND) == left(acme) == Decimal("2.500001")
    entry = AuditEntry.objects.filter(account=acme, action="account.topped_up").first()
    assert entry
    assert entry.changes == {"wallet": ["2.500000", "2.500001"]}


@pytest.mark.parametrize("amount", ["0", "-1", "NaN", "Infinity", "0.0000001", "1e9"])
def test_only_an_amount_that_a_wallet_holds_can_be_put_into_it(acme: Account, amount: str) -> None:
    with pytest.raises(ValidationError):
        wallet.top_up(acme, Decimal(amount), by=COMMAND)
    assert left(acme) is None


def test_a_command_tops_up(acme: Account, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("top_up", str(acme.pk), "25")
    assert capsys.readouterr().out == "acme has 25 US dollars now.\n"
    for account, amount in ((acme.pk, "much"), (acme.pk, "-5"), (acme.pk + 1000, "5")):
        with pytest.raises(CommandError):
            call_command("top_up", str(account), amount)
    assert left(acme) == 25


def test_operators_set_it_and_a_form_from_before_does_not_give_money_back(
    alice: User, acme: Account, signed_in: SignedIn, fill: Callable[[str], None]
) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    operator, page = signed_in(alice), f"/admin/accounts/account/{acme.pk}/change/"
    form = {"name": "acme", "plan": acme.plan_id, "time_zone": "UTC"}
    form |= {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}

    assert operator.post(page, form | {"wallet": "5"}).status_code == 302
    assert left(acme) == 5
    assert AuditEntry.objects.get(account=acme, action="account.changed").changes == {"wallet": [None, "5"]}

    hidden = re.search(r'name="initial-wallet" value="([^"]*)"', operator.get(page).content.decode())
    assert hidden
    fill("4.2")
    shown = {"wallet": hidden[1], "initial-wallet": hidden[1]}
    assert operator.post(page, form | shown | {"time_zone": "Asia/Riyadh"}).status_code == 302
    assert left(acme) == Decimal("4.2")


def test_our_api_shows_what_is_left(acme: Account, fill: Callable[[str | None], None]) -> None:
    _, secret = issuing.create_token(account=acme, name="shop", by=COMMAND, grantor=None)

    def shown() -> Any:
        return Client().get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"}).json()["account"]["wallet"]

    assert shown() is None
    fill("1.5")
    assert shown() == "1.500000"
