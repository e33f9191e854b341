"""The pages about contacts and segments, without script."""

from io import BytesIO

import pytest
from django.test import Client

from accounts.audit import COMMAND
from accounts.models import Account, Membership, User
from accounts.roles import Role
from messaging import contacts
from messaging.models import Contact, OptOut, Segment
from tests.conftest import SignedIn

pytestmark = pytest.mark.django_db
AYSE = {"address": "+905321234567", "first_name": "Ayşe", "last_name": "Kaya", "email": "", "own": "city: İzmir"}


@pytest.fixture
def alices(alice: User, acme: Account, signed_in: SignedIn) -> Client:
    return signed_in(alice)


@pytest.fixture
def ayse(acme: Account) -> Contact:
    return contacts.create_contact(acme, address="+905321234567", first_name="Ayşe", fields={"city": "İzmir"})


@pytest.fixture
def news(acme: Account) -> Segment:
    return contacts.create_segment(acme, name="Newsletter", by=COMMAND)


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def upload(client: Client, text: str, **fields: str) -> str:
    file = BytesIO(text.encode())
    file.name = "people.csv"
    return client.post("/contacts/import/", {"file": file, "mode": "update", **fields}).content.decode()


def test_a_contact_is_added_changed_and_deleted(alices: Client, news: Segment) -> None:
    assert "No contacts yet." in page(alices, "/contacts/")
    added = alices.post("/contacts/new/", AYSE | {"segment": str(news.pk)}, follow=True).content.decode()
    assert "Ayşe Kaya is a contact now." in added
    contact = Contact.objects.get()
    assert (contact.address, contact.fields) == ("+905321234567", {"city": "İzmir"})
    assert "city: İzmir" in added
    assert "Newsletter" in added
    alices.post(f"/contacts/{contact.pk}/", AYSE | {"own": "", "email": "a@example.com"})
    contact.refresh_from_db()
    assert (contact.email, contact.fields) == ("a@example.com", {})
    assert "Keep contact" in page(alices, f"/contacts/{contact.pk}/delete/")
    assert "is no contact any more" in alices.post(f"/contacts/{contact.pk}/delete/", follow=True).content.decode()
    news.refresh_from_db()
    assert (Contact.objects.count(), news.size) == (0, 0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"address": "call me"}, "This is not a phone number with its country code."),
        ({"address": ""}, "A contact needs a number or an e-mail address."),
        ({"email": "nobody"}, "This is not an e-mail address."),
        ({"own": "no colon"}, "has no colon between its name and its value"),
        ({"own": "two words: x"}, "A field’s name has 1 to 64 letters"),
        ({"address": "+905321234567"}, "There is a contact with this number already."),
    ],
)
def test_what_is_no_contact_is_refused_beside_its_field(
    alices: Client, ayse: Contact, change: dict[str, str], said: str
) -> None:
    answer = alices.post("/contacts/new/", AYSE | {"address": "+905321234568"} | change)
    assert answer.status_code == 422
    assert said in answer.content.decode().replace("&#x27;", "’")
    assert Contact.objects.count() == 1


def test_a_search_finds_people_and_stays_out_of_the_address(alices: Client, ayse: Contact, acme: Account) -> None:
    contacts.create_contact(acme, email="can@example.com", first_name="Can")
    found = alices.post("/contacts/search/", {"q": "0532 123"})
    assert found["Location"] == "/contacts/?search=on"
    shown = page(alices, found["Location"])
    assert "Ayşe" in shown
    assert "can@example.com" not in shown
    assert "Nobody was found." in alices.post("/contacts/search/", {"q": "nobody"}, follow=True).content.decode()
    assert "can@example.com" in alices.post("/contacts/search/", {"q": " "}, follow=True).content.decode()


def test_the_list_is_turned_over(alices: Client, acme: Account) -> None:
    for number in range(120):
        contacts.create_contact(acme, address=f"+90532123{number:04}", first_name=f"Person{number:03}")
    newest = alices.get("/contacts/")
    older = alices.get(f"/contacts/{newest.context['page'].older}")
    oldest = alices.get(f"/contacts/{older.context['page'].older}")
    assert [len(answer.context["page"].rows) for answer in (newest, older, oldest)] == [50, 50, 20]
    assert oldest.context["page"].older == ""
    back = alices.get(f"/contacts/{older.context['page'].newer}")
    assert back.context["page"].rows == newest.context["page"].rows
    assert back.context["page"].newer == ""
    for nonsense in ("?before=x", "?after=-1", f"?before={'9' * 30}", f"?after={2**63}"):
        assert alices.get(f"/contacts/{nonsense}").status_code == 200


def test_who_wrote_stop_is_marked(alices: Client, ayse: Contact, acme: Account) -> None:
    OptOut.objects.create(account=acme, address=ayse.address)
    assert "Opted out" in page(alices, "/contacts/")
    assert "This person wrote STOP" in page(alices, f"/contacts/{ayse.pk}/")


def test_a_contact_joins_and_leaves_segments(alices: Client, ayse: Contact, news: Segment, other: Account) -> None:
    theirs = contacts.create_segment(other, name="Theirs", by=COMMAND)
    at = f"/contacts/{ayse.pk}/segments/"
    for asked in (str(news.pk), str(theirs.pk), "x", "9" * 30):
        assert alices.post(at, {"join": asked}).status_code == 302
    assert list(ayse.memberships.values_list("segment", flat=True)) == [news.pk]
    alices.post(at, {"leave": str(news.pk)})
    assert not ayse.memberships.exists()


def test_a_segment_is_made_filled_renamed_and_deleted(alices: Client, ayse: Contact) -> None:
    shown = alices.post("/contacts/segments/", {"name": "Weekly"}, follow=True)
    segment = Segment.objects.get()
    assert shown.redirect_chain[-1][0] == f"/contacts/segments/{segment.pk}/"
    numbers = {"numbers": "+905321234567\n\n0532 nobody, 905321234568;+905321234567"}
    answer = alices.post(f"/contacts/segments/{segment.pk}/numbers/", numbers)
    assert answer.status_code == 422
    assert "3 numbers are in it now, 1 of them new. No numbers: 0532 nobody." in answer.content.decode()
    segment.refresh_from_db()
    assert segment.size == 2
    assert "Ayşe" in page(alices, f"/contacts/segments/{segment.pk}/")
    alices.post(f"/contacts/segments/{segment.pk}/remove/{ayse.pk}/")
    alices.post(f"/contacts/segments/{segment.pk}/rename/", {"name": "Monthly"})
    segment.refresh_from_db()
    assert (segment.name, segment.size) == ("Monthly", 1)
    assert "Keep segment" in page(alices, f"/contacts/segments/{segment.pk}/delete/")
    alices.post(f"/contacts/segments/{segment.pk}/delete/")
    assert (Segment.objects.count(), Contact.objects.count()) == (0, 2)


def test_a_segments_name_is_its_own(alices: Client, news: Segment) -> None:
    assert alices.post("/contacts/segments/", {"name": "Newsletter"}).status_code == 422
    weekly = Segment.objects.get(pk=news.pk)
    alices.post("/contacts/segments/", {"name": "Weekly"})
    weekly = Segment.objects.get(name="Weekly")
    answer = alices.post(f"/contacts/segments/{weekly.pk}/rename/", {"name": "Newsletter"})
    assert "There is a segment of this name already." in answer.content.decode()
    assert "<h1><bdi>Weekly</bdi></h1>" in answer.content.decode()


def test_a_file_is_imported_with_a_report(alices: Client, ayse: Contact) -> None:
    shown = upload(alices, "phone,first_name\n+905321234567,Ayşe Nur\n+905321234568,Can\nnobody,X\n", name="Newsletter")
    for said in ("<dd>1</dd>", "Refused lines", "This is not a phone number with its country code.", "Newsletter"):
        assert said in shown
    ayse.refresh_from_db()
    assert ayse.first_name == "Ayşe Nur"
    news = Segment.objects.get()
    assert news.size == 2
    upload(alices, "phone\n+905321234569\n", name="Newsletter")
    upload(alices, "phone\n+905321234560\n", segment=str(news.pk))
    news.refresh_from_db()
    assert news.size == 4


def test_a_file_that_cannot_be_read_says_why(alices: Client, news: Segment) -> None:
    assert "one of them be the number" in upload(alices, "first_name\nAyşe\n")
    assert "This field is required." in alices.post("/contacts/import/", {"mode": "update"}).content.decode()
    both = upload(alices, "phone\n+905321234567\n", name="Weekly", segment=str(news.pk))
    assert "Choose a segment or name a new one, not both." in both
    assert not Contact.objects.exists()


def test_a_viewer_sees_and_changes_nothing(
    acme: Account, bob: User, ayse: Contact, news: Segment, signed_in: SignedIn
) -> None:
    Membership.objects.filter(user=bob).update(role=Role.VIEWER)
    client = signed_in(bob)
    for path in ("/contacts/", f"/contacts/{ayse.pk}/", "/contacts/segments/", f"/contacts/segments/{news.pk}/"):
        shown = page(client, path)
        assert 'action="/contacts/new/"' not in shown
        assert "Delete…" not in shown
    for path in (
        f"/contacts/{ayse.pk}/", f"/contacts/{ayse.pk}/delete/", f"/contacts/{ayse.pk}/segments/", "/contacts/new/",
        "/contacts/import/", "/contacts/segments/", f"/contacts/segments/{news.pk}/delete/",
        f"/contacts/segments/{news.pk}/numbers/", f"/contacts/segments/{news.pk}/rename/",
        f"/contacts/segments/{news.pk}/remove/{ayse.pk}/",
    ):  # fmt: skip
        assert client.post(path, AYSE | {"name": "x"}).status_code == 403
    assert (Contact.objects.get().first_name, Segment.objects.get().name) == ("Ayşe", "Newsletter")


def test_a_stranger_finds_nothing(
    charlie: User, other: Account, ayse: Contact, news: Segment, signed_in: SignedIn
) -> None:
    client = signed_in(charlie)
    assert "No contacts yet." in page(client, "/contacts/")
    assert "No segments yet." in page(client, "/contacts/segments/")
    assert "Newsletter" not in page(client, "/contacts/import/")
    for path in (
        f"/contacts/{ayse.pk}/", f"/contacts/{ayse.pk}/delete/", f"/contacts/{ayse.pk}/segments/",
        f"/contacts/segments/{news.pk}/delete/", f"/contacts/segments/{news.pk}/numbers/",
        f"/contacts/segments/{news.pk}/rename/", f"/contacts/segments/{news.pk}/remove/{ayse.pk}/",
    ):  # fmt: skip
        assert client.post(path, AYSE | {"numbers": "+905321234567", "name": "x"}).status_code == 404
    assert client.post("/contacts/new/", AYSE | {"segment": str(news.pk)}).status_code == 422
    assert Contact.objects.count() == 1


def test_without_signing_in_there_is_nothing_to_see(client: Client, ayse: Contact) -> None:
    for path in ("/contacts/", f"/contacts/{ayse.pk}/", "/contacts/segments/", "/contacts/import/"):
        assert client.get(path)["Location"].startswith("/accounts/login/")
