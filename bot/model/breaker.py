"""A model that keeps failing is left to rest, so that nobody waits for it at every turn, and is tried again later."""

import threading
import time
from collections.abc import Callable

REST_S = 60.0
"""As long as a server takes to start again, and about three turns of a conversation."""
FAILURES = 2
"""Failures in a row after which a model rests."""
USELESS = 3
"""Turns in a row whose words could not be used, after which it rests: each cost the leader a wait for nothing."""
LONGEST_REST_S = 900.0
"""However long a server asks to be left alone: a leader who practises for twenty minutes gets another try."""


class Breaker:
    """Rest what keeps failing. After the rest, one failure is enough."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, rest_s: float = REST_S) -> None:
        """Take the clock, in seconds, and how long a rest is; 0 for none but those that a server asks for."""
        self._clock = clock
        self._rest_s = rest_s
        self._lock = threading.Lock()
        self._failures = 0
        self._useless = 0
        self._until = 0.0

    def rests_for(self) -> float:
        """Return for how many more seconds nothing is asked; 0.0 when all is well."""
        with self._lock:
            return max(self._until - self._clock(), 0.0)

    def failed(self, rest_s: float = 0.0) -> None:
        """Note a failure. `rest_s`: for how long it is no use to ask again, where that is known."""
        with self._lock:
            self._failures += 1
            rest = self._rest_s if self._failures >= FAILURES else 0.0
            self._rest(min(max(rest, rest_s), LONGEST_REST_S))

    def worked(self) -> None:
        """Note an answer."""
        with self._lock:
            self._failures, self._until = 0, 0.0

    def was_used(self, used: bool) -> None:
        """Note whether the words of a turn could be used."""
        with self._lock:
            self._useless = 0 if used else self._useless + 1
            if self._useless >= USELESS:
                self._rest(self._rest_s)
                self._useless = USELESS - 1

    def _rest(self, seconds: float) -> None:
        if seconds:
            self._until = max(self._until, self._clock() + seconds)
