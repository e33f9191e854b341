"""Contacts and segments: the people an account writes to, one at a time, in lists, and from files."""

from messaging.contacts.belonging import addresses_in, all_in, contacts_in, count_in, page_of, users_in, users_of
from messaging.contacts.changing import (
    by_addresses,
    change_contact,
    create_contact,
    delete_contact,
    delete_everywhere,
)
from messaging.contacts.grouping import (
    add_members,
    change_segment,
    create_segment,
    delete_segment,
    remove_members,
    rename_segment,
)
from messaging.contacts.importing import Report, import_contacts
from messaging.contacts.many import in_chunks

__all__ = [
    "Report",
    "add_members",
    "addresses_in",
    "all_in",
    "by_addresses",
    "change_contact",
    "change_segment",
    "contacts_in",
    "count_in",
    "create_contact",
    "create_segment",
    "delete_contact",
    "delete_everywhere",
    "delete_segment",
    "import_contacts",
    "in_chunks",
    "page_of",
    "remove_members",
    "rename_segment",
    "users_in",
    "users_of",
]
