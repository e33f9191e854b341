"""Who has used a token lately, as far as its latest requests tell."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from tokens.models import Token
from tokens.usage import KEPT


@dataclass(frozen=True, slots=True)
class Recent:
    """The requests of the last hour, and from where they came."""

    count: int
    addresses: list[str]

    @property
    def is_more(self) -> bool:
        """True where older requests of the hour are no longer known."""
        return self.count >= KEPT


def recent_use(token: Token) -> Recent:
    since = timezone.now() - timedelta(hours=1)
    seen = list(token.requests.filter(at__gte=since).values_list("address", flat=True))
    return Recent(len(seen), sorted({address for address in seen if address}))
