"""How much a credential and its account may ask: requests a second, messages a day and a month."""

from tokens.quotas.counters import Answer, Counted, Unanswered, Wanted, counters
from tokens.quotas.periods import Period, Spender, day_of, limited, month_of
from tokens.quotas.rates import Remaining, look, rate_of, spend_request, spent
from tokens.quotas.spending import Loads, Reserved, messages

__all__ = [
    "Answer",
    "Counted",
    "Loads",
    "Period",
    "Remaining",
    "Reserved",
    "Spender",
    "Unanswered",
    "Wanted",
    "counters",
    "day_of",
    "limited",
    "look",
    "messages",
    "month_of",
    "rate_of",
    "spend_request",
    "spent",
]
