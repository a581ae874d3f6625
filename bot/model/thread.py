"""A thread of its own for what is asked of a model, so that a wait can end while the model has not."""

import asyncio
import atexit
import contextlib
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

Heard = TypeVar("Heard")
END_S = 5.0
"""Longest wait, at the end, for what the thread is about."""


class AskingThread:
    """An event loop in a thread that starts when it is first needed and ends with the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def run(self, asking: Coroutine[Any, Any, Heard], within_s: float) -> Heard:
        """Return what comes of it. Raise TimeoutError when `within_s` is over; it is then given up."""
        task = asyncio.run_coroutine_threadsafe(asking, self._running())
        try:
            return task.result(within_s)
        except TimeoutError:
            task.cancel()  # closes the connection as well
            raise

    def close(self, first: Callable[[], Awaitable[Any]] | None = None) -> None:
        """End the thread, after `first` where there is something to close. It starts again when it is needed."""
        with self._lock:
            if self._loop is None or self._thread is None:
                return
            if first is not None:
                asyncio.run_coroutine_threadsafe(_awaited(first), self._loop).result(END_S)
            _end(self._loop, self._thread)
            self._loop = self._thread = None

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="alex-model", daemon=True)
                self._thread.start()
                atexit.register(_end, self._loop, self._thread)
            return self._loop


async def _awaited(first: Callable[[], Awaitable[Any]]) -> None:
    await first()


def _end(loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    """Let the thread end by itself: torn off at the end of the program, it can take that down with it."""
    if loop.is_closed():
        return
    with contextlib.suppress(TimeoutError):
        asyncio.run_coroutine_threadsafe(_drop_what_is_asked(), loop).result(END_S)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(END_S)
    if not thread.is_alive():
        loop.close()


async def _drop_what_is_asked() -> None:
    asked = asyncio.all_tasks() - {asyncio.current_task()}
    for task in asked:
        task.cancel()
    await asyncio.gather(*asked, return_exceptions=True)
