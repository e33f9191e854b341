"""Paths of the pages about broadcasts."""

from django.urls import path

from messaging.dashboard.broadcasts import creating, pages

urlpatterns = [
    path("broadcasts/", pages.broadcasts, name="broadcasts"),
    path("broadcasts/new/", creating.new, name="broadcast-new"),
    path("broadcasts/new/gaps/", creating.gaps, name="broadcast-gaps"),
    path("broadcasts/<int:pk>/", pages.broadcast, name="broadcast"),
    path("broadcasts/<int:pk>/live/", pages.live, name="broadcast-live"),
    path("broadcasts/<int:pk>/cancel/", pages.cancel, name="cancel-broadcast"),
]
