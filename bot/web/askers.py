"""Whoever uses the page on a server: each event is answered for the person who signed in, and for nobody else."""

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.context import LocalContext

from bot.people.person import Person, asking

if TYPE_CHECKING:
    from bot.people.people import People


def for_whoever_asks(page: gr.Blocks, people: "People") -> None:
    """Wrap every handler of the page, so that it runs for the person whose event it answers."""
    for event in page.fns.values():
        if event.fn is not None:
            event.fn = _wrapped(event.fn, people)


def _wrapped(handler: Callable[..., Any], people: "People") -> Callable[..., Any]:
    if inspect.isgeneratorfunction(handler):

        @functools.wraps(handler)
        def steps(*values: Any) -> Iterator[Any]:
            person, running = _person(people), handler(*values)
            while True:
                with asking(person):  # anew each time: Gradio may take the next step in another thread
                    try:
                        step = next(running)
                    except StopIteration:
                        return
                yield step

        return steps

    @functools.wraps(handler)
    def answer(*values: Any) -> Any:
        with asking(_person(people)):
            return handler(*values)

    return answer


def _person(people: "People") -> Person | None:
    """Return the person whose event is being answered. The queue's own task knows nobody: the event does."""
    request = LocalContext.request.get(None)
    name = getattr(request, "username", None)
    return people.person_of(name) if name else None
