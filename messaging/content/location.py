"""A place on the map; a kind of its own, and a gap that a template may have."""

from messaging.content.fields import line, number, record

LOCATION = record({"latitude": number(-90, 90), "longitude": number(-180, 180)}, {"name": line, "address": line})
