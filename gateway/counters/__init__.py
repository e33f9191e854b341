"""Cache backends for limits: plain integers, counted in this process or in Redis.

django-ratelimit asks `add(key, 1, seconds)` and, where that says no, `incr(key)`. The limits of `tokens.quotas` ask
`take`: several counters at once, all or nothing. In memory each is a dictionary away; in Redis each is one round trip.
"""

from gateway.counters.memory import MemoryCounters
from gateway.counters.shared import PromptRedis, RedisCounters

__all__ = ["MemoryCounters", "PromptRedis", "RedisCounters"]
