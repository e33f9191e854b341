"""Connexease's Gateway API: Bearer keys, Meta's message bodies passed through, `isSuccess` around every answer."""

LABEL = "Connexease"
ROOTS = ("v1/wa/",)
