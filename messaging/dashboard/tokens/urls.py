"""Paths of the pages about credentials, whole."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
