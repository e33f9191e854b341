"""OpenAPI documents of the dialects, and the words in which a dialect's `schema.py` describes its operations.

`schema.py` is optional, and so is each name in it but OPERATIONS:

- OPERATIONS: an `Operation` for each `"METHOD /path"` of `urls.py`
- SECURITY: the ways to send a credential, one of which is enough: `((BEARER,),)`, `((BASIC,), (BEARER,))`,
  `((BASIC, key_header("x-api-key")),)`
- ERROR: the shape of every refusal; which there are, and how they look, is read from `errors.py`
- ALSO: in which other media type a refusal is answered to who asks for that, by the media type in `errors.py`
- HEADERS: what headers every answer has, and what they say
- BASE: with what path the vendor's base URL ends, such as `/api`
- ABSENT: why operations of the vendor's are not here, by `"METHOD /path"`
"""

from messaging.documents.operations import FORMS, JSON, Answer, Operation, Voice, header, one_of, query
from messaging.documents.refusals import BROADCASTING, SENDING
from messaging.documents.security import BASIC, BEARER, key_header

__all__ = [
    "BASIC",
    "BEARER",
    "BROADCASTING",
    "FORMS",
    "JSON",
    "SENDING",
    "Answer",
    "Operation",
    "Voice",
    "header",
    "key_header",
    "one_of",
    "query",
]
