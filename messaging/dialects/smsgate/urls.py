"""The vendor's paths, below both of its prefixes: in any case, with or without a slash at the end, never a redirect."""

from messaging.dialects.smsgate.views import messages
from messaging.dialects.smsgate.views.base import NotFound
from messaging.paths import Path, View, alias, at

_PREFIX, _ALIAS = "/3rdparty/v1", "/api/3rdparty/v1"


def _both(path: str, view: View, *others: str) -> list[Path]:
    """Mount a view below both prefixes; `others` are further spellings of its path."""
    further = [_PREFIX + other for other in others] + [_ALIAS + each for each in (path, *others)]
    return [at(_PREFIX + path, view, any_case=True)] + [alias(each, view, any_case=True) for each in further]


urlpatterns = [
    *_both("/messages", messages.Messages.as_view(), "/message"),
    *_both("/messages/{id}", messages.OneMessage.as_view(), "/message/{id}"),
]
not_found = NotFound.as_view()
