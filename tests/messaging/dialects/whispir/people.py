"""What the tests about contacts, lists and resources share: a person's payload, and ways to make things."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from xml.sax.saxutils import escape

from tests.messaging.dialects.whispir.conftest import Answer, Api

ANA = {
    "firstName": "Ana",
    "lastName": "Roe",
    "status": "A",
    "timezone": "Australia/Melbourne",
    "workEmailAddress1": "ana@example.com",
    "workMobilePhone1": "61400400400",
    "workCountry": "Australia",
}
API = "http://schemas.api.whispir.com"


def contact(api: Api, where: str = "", **changes: Any) -> Any:
    """Make a contact and return it as the answer shows it."""
    given = {name: value for name, value in {**ANA, **changes}.items() if value is not None}
    answer = api("POST", f"{where}/contacts", given, kind="contact")
    assert answer.status == 201, answer.raw
    return answer.json


def listed(api: Api, path: str, kind: str = "contact", key: str = "contacts") -> list[Any]:
    answer = api("GET", path, kind=kind)
    assert answer.status == 200, answer.raw
    found: list[Any] = answer.json.get(key, [])
    return found


def names(api: Api, query: str = "", where: str = "") -> list[str]:
    """Return the first names that a search for contacts finds, in their order."""
    return [each["firstName"] for each in listed(api, f"{where}/contacts{query}")]


def distribution_list(api: Api, where: str = "", **changes: Any) -> Any:
    given = {"name": "Night shift", "access": "Open", "visibility": "Public", **changes}
    answer = api("POST", f"{where}/distributionlists", given, kind="distributionlist")
    assert answer.status == 201, answer.raw
    return answer.json


def resource(api: Api, data: bytes | str, where: str = "", **changes: Any) -> Answer:
    raw = data.encode() if isinstance(data, str) else data
    given = {"name": "people.csv", "scope": "private", "mimeType": "text/csv", "derefUri": b64encode(raw).decode()}
    return api("POST", f"{where}/resources", {**given, **changes}, kind="resource")


def workspace(api: Api, name: str = "Ops") -> str:
    """Make a workspace and return its path."""
    made = api("POST", "/workspaces", {"projectName": name, "status": "A"}, kind="workspace").json
    return f"/workspaces/{made['id']}"


def xml(root: str, **values: Any) -> bytes:
    """Return a request as the vendor's pages write it: the root in its namespace, what is in it in none."""
    inner = "".join(f"<{n}>{v if str(v).startswith('<') else escape(str(v))}</{n}>" for n, v in values.items())
    return f'<?xml version="1.0" encoding="UTF-8"?><ns2:{root} xmlns:ns2="{API}">{inner}</ns2:{root}>'.encode()
