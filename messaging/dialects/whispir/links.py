"""The links of the company and of a workspace: one for each thing that can be listed or made there.

Programs know them by `rel` and follow them, the last one of the same rel before the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from messaging.dialects.whispir.views import View

_KINDS = (  # the rels to list and to make, the path, and the kinds of what is posted there
    (("retrieveMessage",), "createMessage", "messages", ("message", "bulkmessage")),
    (("retrieveContacts",), "createContact", "contacts", ("contact",)),
    (("retrieveUsers",), "createUser", "users", ("user",)),
    (("retrieveTemplate", "retrieveTemplates"), "createTemplate", "templates", ("template",)),
    (("retrieveDistLists",), "createDistList", "distributionlists", ("distributionlist",)),
    (("retrieveScenarios",), "createScenario", "scenarios", ("scenario",)),
    (("retrieveResponseRules",), "createResponseRule", "responserules", ("responserule",)),
    (("retrieveResources",), "createResource", "resources", ("resource",)),
    ((), "importContacts", "imports", ("importcontact",)),
)


def type_of(*kinds: str) -> str:
    """Return the `type` of a link that is posted to: the media types, XML first."""
    return ",".join(f"application/vnd.whispir.{kind}-v1+{language}" for kind in kinds for language in ("xml", "json"))


def of_place(view: View, *within: str) -> Iterator[dict[str, str]]:
    """Yield the links to all that is in a workspace, or in the company."""
    for reading, making, path, kinds in _KINDS:
        uri = view.root_url(*within, path)
        for rel in reading:
            yield view.link(rel, "GET", uri)
        for kind in kinds:
            yield view.link(making, "POST", uri, type=type_of(kind))


def of_company(view: View) -> Iterator[dict[str, str]]:
    """Yield the links of `/`; custom lists are another meaning of the last rel, as the vendor has it."""
    workspaces = view.root_url("workspaces")
    yield view.link("self", "GET", view.root_url(""))
    yield view.link("retrieveWorkspaces", "GET", workspaces)
    yield view.link("createWorkspaces", "POST", workspaces, type=type_of("workspace"))
    yield from of_place(view)
    yield view.link("retrieveResources", "GET", view.root_url("customlists"))
