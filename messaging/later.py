"""Messages that are made of another one when its time has come, since nobody knew before whom it would go to.

Its draft `is_made_later`. The edge that took it has a module `later.py` with a function `make`, which accepts the
messages, once however often it is asked, and returns how many there are; it raises Refused or Denied.
"""

from __future__ import annotations

from messaging.errors import Refused
from messaging.models import Recipient
from messaging.states import State
from messaging.timeline import Step
from messaging.transport import TransportError
from tokens.errors import Denial, Denied


def make(row: Recipient) -> Step:
    """Have the messages made, and return what becomes of the recipient that stood for theirs; raises TransportError."""
    from messaging import dialect

    edge = dialect.found().get(row.message.dialect)
    if edge is None or edge.make_later is None:
        raise TransportError("no_edge", "The API that took it is gone.", permanent=True)
    try:
        number = edge.make_later(row.message)
    except Refused as refused:
        raise TransportError(refused.refusal, refused.detail, permanent=not refused.is_passing) from None
    except Denied as denied:
        is_passing = denied.denial is Denial.RATE_LIMITED  # nobody can say now what is left
        raise TransportError(denied.denial, denied.detail, permanent=not is_passing) from None
    return Step(row.pk, State.SENT, detail=f"Its recipients were looked up: {number} messages.")
