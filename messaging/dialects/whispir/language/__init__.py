"""The two languages of this API, JSON and XML, read into and written from the same plain values."""

from messaging.dialects.whispir.language.media_types import Form, form_of_answer, form_of_body
from messaging.dialects.whispir.language.reading import listed, read
from messaging.dialects.whispir.language.writing import Element, Names, write

__all__ = ["Element", "Form", "Names", "form_of_answer", "form_of_body", "listed", "read", "write"]
