"""Counters in Redis, for all processes together."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache
from django.utils.functional import cached_property
from redis import Redis
from redis.backoff import NoBackoff
from redis.commands.core import Script
from redis.exceptions import ConnectionError as NotConnected
from redis.exceptions import RedisError
from redis.retry import Retry

from tokens.quotas.counters import Answer, Counted, Unanswered, Wanted

Seconds = float | None

# Start at ARGV[1] for ARGV[2] seconds, or add ARGV[3] to what is there.
_START_OR_COUNT = """
if redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2], 'NX') then return tonumber(ARGV[1]) end
return redis.call('INCRBY', KEYS[1], ARGV[3])
"""

# Take of each counter what is wanted of it, or nothing at all. A counter is a hash: used, and the generation of its
# start. ARGV[1] names this call, should it begin one; then limit, number, start (-1: none), seconds and block of each.
# Answers 'taken' and used, taken, generation of each (used -1: not there), or 'full' or 'missing' and which.
_TAKE = """
local used, generation = {}, {}
for i, key in ipairs(KEYS) do
    local limit, number, start = tonumber(ARGV[i * 5 - 3]), tonumber(ARGV[i * 5 - 2]), tonumber(ARGV[i * 5 - 1])
    local found = redis.call('HMGET', key, 'used', 'generation')
    used[i], generation[i] = tonumber(found[1]), found[2]
    if number > 0 then
        if not used[i] and start < 0 then return {'missing', i} end
        if (used[i] or start) + number > limit then return {'full', i} end
    end
end
local answer = {'taken'}
for i, key in ipairs(KEYS) do
    local limit, number, start = tonumber(ARGV[i * 5 - 3]), tonumber(ARGV[i * 5 - 2]), tonumber(ARGV[i * 5 - 1])
    if number > 0 then
        if not used[i] then
            used[i], generation[i] = start, ARGV[1]
            redis.call('HSET', key, 'used', start, 'generation', ARGV[1])
            redis.call('EXPIRE', key, ARGV[i * 5])
        end
        number = math.max(number, math.min(tonumber(ARGV[i * 5 + 1]), math.floor((limit - used[i]) / 100)))
        used[i] = redis.call('HINCRBY', key, 'used', number)
    end
    answer[#answer + 1] = used[i] or -1
    answer[#answer + 1] = number
    answer[#answer + 1] = generation[i] or ''
end
return answer
"""

_GIVE_BACK = """
local used, generation = unpack(redis.call('HMGET', KEYS[1], 'used', 'generation'))
if generation ~= ARGV[2] or (ARGV[3] ~= '' and used ~= ARGV[3]) then return end
redis.call('HINCRBY', KEYS[1], 'used', -ARGV[1])
"""


@contextmanager
def _asking() -> Iterator[None]:
    try:
        yield
    except RedisError as error:
        raise Unanswered from error


class PromptRedis(RedisCache):
    """Django's, for whom a Redis that is silent is one that is gone: threads of the web wait for it.

    What is asked of one that is gone raises Unanswered.

    An answer is waited for `OPTIONS["socket_timeout"]` seconds (2 unless told); a connection that was lost
    is opened anew once.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        told = params.get("OPTIONS", {})
        patience = {"socket_timeout": 2.0, "socket_connect_timeout": 2.0, "retry": _ONCE_MORE}
        super().__init__(server, {**params, "OPTIONS": {**patience, **told}})

    add = _asking()(RedisCache.add)
    get = _asking()(RedisCache.get)
    get_many = _asking()(RedisCache.get_many)
    set = _asking()(RedisCache.set)
    delete = _asking()(RedisCache.delete)


class RedisCounters(PromptRedis):
    """Integers in Redis, for several processes. **For counting only**: `add` answers no and waits for the
    `incr` of the same key, which does both in one script: no counter is ever left without its end.
    """

    is_shared = True

    _waiting: tuple[str, int, int] | None = None

    def add(self, key: str, value: int, timeout: Seconds = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        seconds = self.get_backend_timeout(timeout)
        if not seconds:
            return super().add(key, value, timeout, version)
        self._waiting = self.make_key(key, version), value, int(seconds)
        return False

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """The new count. Raises ValueError where there is none or no answer, as django-ratelimit expects."""
        waiting, self._waiting = self._waiting, None
        full_key = self.make_key(key, version)
        try:
            if waiting is None or waiting[0] != full_key:
                return super().incr(key, delta, version)
            return int(self._start_or_count(keys=[full_key], args=[waiting[1], waiting[2], delta]))
        except RedisError as error:
            raise ValueError("Redis does not answer") from error

    def take(self, wanted: Sequence[Wanted]) -> Answer:
        keys = [self.make_key(want.key) for want in wanted]
        args: list[str | int] = [secrets.token_hex(4)]
        for want in wanted:
            args += [want.limit, want.number, -1 if want.start is None else want.start, want.seconds, want.block]
        with _asking():
            outcome, *told = self._take(keys=keys, args=args)
        if outcome == b"full":
            return Answer(full=told[0] - 1)
        if outcome == b"missing":
            return Answer(missing=told[0] - 1)
        triples = zip(told[::3], told[1::3], told[2::3], strict=True)
        return Answer([Counted(None if used < 0 else used, taken, start.decode()) for used, taken, start in triples])

    def give_back(self, key: str, number: int, generation: str, *, used: int | None = None) -> None:
        expected = "" if used is None else used
        with _asking():
            self._give_back(keys=[self.make_key(key)], args=[number, generation, expected])

    @cached_property
    def _start_or_count(self) -> Script:
        return self._script(_START_OR_COUNT)

    @cached_property
    def _take(self) -> Script:
        return self._script(_TAKE)

    @cached_property
    def _give_back(self) -> Script:
        return self._script(_GIVE_BACK)

    def _script(self, text: str) -> Script:
        client: Redis = self._cache.get_client(None, write=True)
        return client.register_script(text)


_ONCE_MORE = Retry(NoBackoff(), 1, supported_errors=(NotConnected,))
