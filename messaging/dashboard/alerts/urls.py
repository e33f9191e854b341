"""Paths of the pages about alerts, whole."""

from django.urls import path

from messaging.dashboard.alerts import listing, rules

urlpatterns = [
    path("alerts/", listing.alerts, name="alerts"),
    path("alerts/rules/", rules.rules, name="alert-rules"),
]
