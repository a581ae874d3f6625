"""What was filled in on a page of ours, and no more of it than there may be."""

from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from bot.errors import UsageError

MOST_FIELDS = 1000
"""Of one form: each costs a hundred bytes and more, however short it is."""
TOO_LONG = UsageError("That is too long.", "Go back and try again with less.")


def form_of(longest: int) -> Callable[[Request], Awaitable[dict[str, str]]]:
    """Return what reads the form of a request, by field; what it gives raises UsageError beyond `longest` bytes."""

    async def read(request: Request) -> dict[str, str]:
        body = bytearray()
        async for piece in request.stream():
            body += piece
            if len(body) > longest:
                raise TOO_LONG.anew()
        return await run_in_threadpool(_fields, bytes(body))

    return read


def _fields(body: bytes) -> dict[str, str]:
    try:
        found = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise TOO_LONG.anew() from None
    return {name: values[0] for name, values in found.items()}
