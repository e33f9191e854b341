"""Whether this gateway can take messages."""

from django.db import DatabaseError, connections

from tokens.quotas import Unanswered, counters

# All transactions are kept under 10 ms; a migration of a large table may take longer.
STUCK_AFTER_SECONDS = 60


def what_is_wrong() -> str:
    """Return why it can take none now, "" if it can."""
    connection = connections["default"]
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "the database does not answer"
    holder = getattr(connection, "write_lock_holder", None)  # where there is one writer at a time
    writer = holder() if holder else None
    if writer and writer.seconds > STUCK_AFTER_SECONDS:
        return f"process {writer.pid} has been writing for {writer.seconds:.0f} s and lets nobody else"
    try:
        counters().take([])
    except Unanswered:
        return "the counters of limits do not answer"
    return ""
