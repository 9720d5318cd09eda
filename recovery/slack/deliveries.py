"""Slack delivers an envelope again when its acknowledgement was late or lost."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

KEPT = 500


class _Delivery:
    def __init__(self) -> None:
        self.lock = Lock()
        self.done = False


class Deliveries:
    """Does the work of each click once, however often Slack tells of it.

    A delivery that comes while the first is still at work waits for it. Work that raised is done
    again. The last 500 are remembered; after a restart the desk's own idempotency has to do.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: OrderedDict[str, _Delivery] = OrderedDict()

    def once(self, key: str, work: Callable[[], None]) -> None:
        """Do `work` unless it was done under this key. Raises what `work` raises."""
        with self._lock:
            delivery = self._known.setdefault(key, _Delivery())
            self._known.move_to_end(key)
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        with delivery.lock:
            if not delivery.done:
                work()
                delivery.done = True
