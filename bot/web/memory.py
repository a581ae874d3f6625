"""What keeps the page's memory small. Each step does nothing where the system has other ways than glibc's."""

import contextlib
import ctypes
import sys

POOLS, HANDED_BACK = -8, (-3, -1)
"""Options of mallopt(3): M_ARENA_MAX; M_MMAP_THRESHOLD and M_TRIM_THRESHOLD."""
FROM = 64 * 1024
"""Bytes from which freed memory goes back to the system at once."""
NOT_NEEDED = ("matplotlib",)
"""What Gradio loads with the first event wherever it is installed (34 MB); the page draws nothing with it."""


def keep_small() -> None:
    """Ask for few pools of memory, and for big pieces to be handed back. To be called before anything is loaded."""
    _ask("mallopt", POOLS, 2)
    for option in HANDED_BACK:
        _ask("mallopt", option, FROM)
    for name in NOT_NEEDED:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # None makes an import fail


def give_back() -> None:
    """Give the system back what loading the models left over: some 40 MB."""
    _ask("malloc_trim", 0)


def _ask(function: str, *values: int) -> None:
    with contextlib.suppress(OSError, AttributeError):
        getattr(ctypes.CDLL("libc.so.6"), function)(*values)
