"""How lists are asked for."""

from rest_framework import serializers

from messaging.api.serializers.fields import Asked

MOST = 200
CURSOR = r"^[0-9]{1,19}$"


class Paging(Asked):
    """Which page of a list."""

    limit = serializers.IntegerField(min_value=1, max_value=MOST, default=50, help_text="Rows on a page.")
    cursor = serializers.RegexField(CURSOR, required=False, help_text="The last page's `next_cursor`.")
