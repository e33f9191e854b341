"""A form for each rule: its sentence with the numbers in it, and who is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from string import Formatter
from typing import Any

from django import forms

from messaging.alerting import Change, Chosen, Rule


class RuleForm(forms.Form):
    is_on = forms.BooleanField(label="On", required=False)
    by_email = forms.BooleanField(label="E-mail", required=False)
    by_webhook = forms.BooleanField(label="Webhook", required=False)
    pauses_token = forms.BooleanField(label="Pause the token", required=False)

    def __init__(self, data: Mapping[str, Any] | None, *, rule: Rule, chosen: Chosen) -> None:
        self.rule = rule
        flags = {name: getattr(chosen, name) for name in ("is_on", "by_email", "by_webhook", "pauses_token")}
        super().__init__(data, prefix=rule.code, initial={**flags, **chosen.numbers})
        if not rule.may_pause:
            del self.fields["pauses_token"]
        for name, number in rule.numbers.items():
            self.fields[name] = forms.IntegerField(
                label=number.label,
                min_value=number.least,
                max_value=number.most,
                widget=forms.NumberInput(attrs={"class": "input inline", "aria-label": number.label}),
            )

    @property
    def sentence(self) -> Iterator[tuple[str, Any]]:
        """Yield the sentence in pieces: a text, and the number's field that follows it."""
        for text, name, _, _ in Formatter().parse(self.rule.sentence):
            yield text, self[name] if name else None

    @property
    def wrong(self) -> list[Any]:
        """Return the fields that something is wrong with."""
        return [self[name] for name in self.errors]

    @property
    def asked(self) -> Change:
        given = self.cleaned_data
        return Change(
            is_on=given["is_on"],
            by_email=given["by_email"],
            by_webhook=given["by_webhook"],
            pauses_token=given.get("pauses_token", False),
            numbers={name: given[name] for name in self.rule.numbers},
        )
