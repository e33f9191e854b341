"""Paths of the pages about templates."""

from django.urls import path

from messaging.dashboard.templates import creating, pages

urlpatterns = [
    path("templates/", pages.templates, name="templates"),
    path("templates/new/", creating.new, name="template-new"),
    path("templates/preview/", creating.look, name="template-preview"),
    path("templates/<int:pk>/", pages.template, name="template"),
    path("templates/<int:pk>/decide/", pages.decide, name="decide-template"),
    path("templates/<int:pk>/delete/", pages.delete, name="delete-template"),
]
