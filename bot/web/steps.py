"""What takes a while says how far it is: work in a thread of its own becomes steps of the page."""

import queue
import threading
from collections.abc import Callable, Generator
from typing import Any, TypeVar

Step = TypeVar("Step")
Shown = TypeVar("Shown")
Result = TypeVar("Result")


def in_steps(
    work: Callable[[Callable[[Step], None]], Result], show: Callable[[Step], Shown]
) -> Generator[Shown, None, Result]:
    """Yield what is to be shown of each step that `work` tells of, then return its result.

    Whatever `work` raises is raised here. It goes on to its end even where nobody waits for the steps any more.
    """
    told: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()

    def run() -> None:
        try:
            told.put(("done", work(lambda step: told.put(("step", step)))))
        except BaseException as error:
            told.put(("failed", error))

    threading.Thread(target=run, name="filling the library").start()
    while True:
        how, what = told.get()
        if how == "step":
            yield show(what)
        elif how == "failed":
            raise what
        else:
            return what  # type: ignore[no-any-return]
