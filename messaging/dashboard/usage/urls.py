"""Paths of the pages about usage, whole."""

from django.urls import path

from messaging.dashboard.usage import pages

urlpatterns = [
    path("usage/", pages.usage, name="usage"),
    path("usage/export/", pages.export, name="usage-export"),
]
