"""Paths of the pages about contacts and segments."""

from django.urls import path

from messaging.dashboard.contacts import editing, grouping, importing, listing

urlpatterns = [
    path("contacts/", listing.contacts, name="contacts"),
    path("contacts/search/", listing.search, name="search-contacts"),
    path("contacts/new/", editing.new, name="contact-new"),
    path("contacts/import/", importing.import_file, name="import-contacts"),
    path("contacts/<int:pk>/", editing.contact, name="contact"),
    path("contacts/<int:pk>/segments/", editing.regroup, name="regroup-contact"),
    path("contacts/<int:pk>/delete/", editing.delete, name="delete-contact"),
    path("contacts/segments/", grouping.segments, name="segments"),
    path("contacts/segments/<int:pk>/", grouping.segment, name="segment"),
    path("contacts/segments/<int:pk>/rename/", grouping.rename, name="rename-segment"),
    path("contacts/segments/<int:pk>/numbers/", grouping.add_numbers, name="add-numbers"),
    path("contacts/segments/<int:pk>/remove/<int:contact>/", grouping.remove, name="remove-member"),
    path("contacts/segments/<int:pk>/delete/", grouping.delete, name="delete-segment"),
]
