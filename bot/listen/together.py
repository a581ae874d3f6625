"""Several pieces of words looked at at the same time: one to a core, since each is too small to share."""

import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")

MOST_AT_ONCE = 4
WORKER = "side-by-side"
"""How its threads are called: one that waited for others of them might wait for ever."""


def side_by_side(work: Callable[[Given], Made], pieces: Iterable[Given]) -> list[Made]:
    """Return what `work` makes of each piece, in order. Raises what `work` raises."""
    todo = list(pieces)
    if len(todo) < 2 or _cores() < 2 or threading.current_thread().name.startswith(WORKER):
        return [work(piece) for piece in todo]
    return list(_workers().map(work, todo))


def _cores() -> int:
    return min(os.cpu_count() or 1, MOST_AT_ONCE)


@lru_cache(maxsize=1)
def _workers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_cores(), thread_name_prefix=WORKER)
