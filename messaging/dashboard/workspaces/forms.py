"""The form of a workspace."""

from __future__ import annotations

from typing import Any

from django import forms

from messaging.models import Workspace


class WorkspaceForm(forms.Form):
    name = forms.CharField(max_length=255, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    number = forms.CharField(max_length=64, required=False, help_text="Your own number for it, if it has one.")
    cost_centre = forms.CharField(max_length=255, required=False)
    is_active = forms.BooleanField(
        label="In use", required=False, initial=True, help_text="Nothing is sent from a workspace that is not."
    )

    @classmethod
    def of(cls, workspace: Workspace, data: Any = None) -> WorkspaceForm:
        """The form with what the workspace has."""
        return cls(data, initial={name: getattr(workspace, name) for name in cls.base_fields})
