"""Files that messages carry: given by callers, fetched from links, received from people. Kept for 30 days.

A message's content names a file by its id, never holds it. The bytes go through Django's storage called "media".
"""

from messaging.media.fetching import fetch_due, plan_fetch
from messaging.media.serving import served
from messaging.media.storing import discard, find, open, prune_media, read_id, store
from messaging.media.using import COLUMNS, Lack, MediaRows, lacking, prepare, store_uploads

__all__ = [
    "COLUMNS",
    "Lack",
    "MediaRows",
    "discard",
    "fetch_due",
    "find",
    "lacking",
    "open",
    "plan_fetch",
    "prepare",
    "prune_media",
    "read_id",
    "served",
    "store",
    "store_uploads",
]
