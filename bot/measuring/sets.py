"""Where the measuring sets lie. They need a checkout: they are no part of the package."""

from pathlib import Path

from bot.errors import UsageError

ROOT = Path(__file__).resolve().parent.parent.parent


def measuring_set(*parts: str) -> Path:
    """Return the path of a measuring set. Raise UsageError where it is not there."""
    path = ROOT.joinpath(*parts)
    if not path.exists():
        raise UsageError(f"{'/'.join(parts)} is not here.", "Run this in a checkout of the project.")
    return path
