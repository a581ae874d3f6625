"""What keeps the page's memory small. Each step does nothing where the system has other ways than glibc's."""

import contextlib
import ctypes
import importlib
import os
import sys
from types import ModuleType
from typing import Any

POOLS, HANDED_BACK = -8, (-3, -1)
"""Options of mallopt(3): M_ARENA_MAX; M_MMAP_THRESHOLD and M_TRIM_THRESHOLD."""
FROM = 64 * 1024
"""Bytes from which freed memory goes back to the system at once."""
PUT_OFF = ("pandas",)
"""What Gradio imports at its start and touches only where a page draws tables (41 MB): loaded when it is touched."""
TO_ONE_CORE = "OPENBLAS_NUM_THREADS"
"""What is compared here is small: shared out among the cores it takes no less time, and the waiting takes a core."""
NOT_NEEDED = ("matplotlib",)
"""What Gradio loads with the first event wherever it is installed (34 MB); the page draws nothing with it."""


def keep_small() -> None:
    """Ask for few pools of memory, and for big pieces to be handed back. To be called before anything is loaded."""
    os.environ.setdefault(TO_ONE_CORE, "1")
    _ask("mallopt", POOLS, 2)
    for option in HANDED_BACK:
        _ask("mallopt", option, FROM)
    for name in PUT_OFF:
        sys.modules.setdefault(name, _Later(name))
    for name in NOT_NEEDED:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # None makes an import fail


def give_back() -> None:
    """Give the system back what loading the models left over: some 40 MB."""
    _ask("malloc_trim", 0)


class _Later(ModuleType):
    """A module that is loaded when something in it is first asked for, and not when it is imported."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__path__":
            raise AttributeError(name)  # whoever only looks round among the modules
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


def _ask(function: str, *values: int) -> None:
    with contextlib.suppress(OSError, AttributeError):
        getattr(ctypes.CDLL("libc.so.6"), function)(*values)
