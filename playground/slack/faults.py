"""What can go wrong between an app and Slack: rate limits, and faults that a test orders."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """How a call fails."""

    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    TIMEOUT = "timeout"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class OrderedFault:
    """One ordered failure. `applied`: Slack does the call before it fails.

    `seconds` is the Retry-After of RATE_LIMITED and how long TIMEOUT stays silent.
    """

    fault: Fault
    applied: bool
    seconds: float


class Faults:
    """Failures in store, by method, first in first out."""

    def __init__(self) -> None:
        self._orders: dict[str, list[OrderedFault]] = {}
        self._lock = threading.Lock()

    def next(
        self,
        method: str,
        fault: Fault,
        *,
        applied: bool = False,
        seconds: float = 1.0,
        times: int = 1,
    ) -> None:
        """Make the next `times` calls of `method`, such as 'chat.postMessage', fail."""
        with self._lock:
            orders = self._orders.setdefault(method, [])
            orders.extend([OrderedFault(fault, applied, seconds)] * times)

    def take(self, method: str) -> OrderedFault | None:
        """The failure in store for this call, used up by asking."""
        with self._lock:
            orders = self._orders.get(method)
            return orders.pop(0) if orders else None


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class RateLimit:
    """A token bucket a key: `per_second` calls a second, and up to `burst` at once.

    Slack allows about one message a second a channel, with short bursts above it.
    """

    def __init__(self, per_second: float, burst: int, clock: Callable[[], float]) -> None:
        self.per_second = per_second
        self.burst = burst
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}

    def wait_of(self, key: str) -> float:
        """0 when the call may pass (and is counted), else the seconds until one may."""
        now = self._clock()
        bucket = self._buckets.setdefault(key, _Bucket(float(self.burst), now))
        elapsed = max(0.0, now - bucket.at)
        bucket.tokens = min(float(self.burst), bucket.tokens + elapsed * self.per_second)
        bucket.at = now
        if bucket.tokens >= 1:
            bucket.tokens -= 1
            return 0.0
        return (1 - bucket.tokens) / self.per_second
