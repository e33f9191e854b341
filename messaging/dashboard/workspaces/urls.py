"""Paths of the pages about workspaces."""

from django.urls import path

from messaging.dashboard.workspaces import files, pages

urlpatterns = [
    path("settings/workspaces/", pages.workspaces, name="settings-workspaces"),
    path("settings/workspaces/company/", pages.company, name="workspace-company"),
    path("settings/workspaces/<int:pk>/", pages.workspace, name="workspace"),
    path("settings/workspaces/file/<int:pk>/delete/", files.delete, name="delete-file"),
    path("settings/workspaces/<slug:word>/<int:pk>/", pages.prepared, name="prepared"),
    path("settings/workspaces/<slug:word>/<int:pk>/delete/", pages.delete, name="delete-prepared"),
]
