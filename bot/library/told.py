"""What people told the library about its articles: who wrote them, and which are put away.

It stands in a small file beside the library, so that it outlives the library's own.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from bot.errors import LibraryError
from bot.library.loading import Article

HEAD = "# What Alex was told about the articles of its library. The program writes this file anew.\n"
LONGEST = 300
"""In characters: what is longer is no title, and no source."""


@dataclass(frozen=True)
class Details:
    """What can be told of an article. None is not told; an empty one is told to be nothing, but for the title."""

    title: str | None = None
    author: str | None = None
    date: str | None = None
    """As written: '2017', or 'June 2026'."""
    source: str | None = None

    @property
    def named(self) -> frozenset[str]:
        """Return the names of those that were told."""
        return frozenset(name for name, words in asdict(self).items() if words is not None)

    def over(self, earlier: "Details | None") -> "Details":
        """Return what is told now, and from earlier what is not; on one line each, no longer than LONGEST."""
        before = asdict(earlier) if earlier else {}
        now = {name: before.get(name) if words is None else _line(words) for name, words in asdict(self).items()}
        return Details(**now)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    details: dict[str, Details] = {}
    away: dict[str, str] = {}


class Told:
    """The file at `path`. Whoever changes it holds the library's turn (see ingest.turn).

    Every method raises LibraryError if the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def details(self) -> dict[str, Details]:
        """Return what was told, by the place of the article."""
        return self._read().details

    def away(self) -> dict[str, str]:
        """Return the titles of the articles that are put away, by their places."""
        return self._read().away

    def describe(self, place: str, details: Details) -> None:
        """Keep the details of an article, each in place of an earlier one."""
        held = self._read()
        told = details.over(held.details.get(place))
        self._write(held.model_copy(update={"details": {**held.details, place: told}}))

    def put_away(self, place: str, title: str) -> None:
        """Note that an article is not to be read."""
        held = self._read()
        self._write(held.model_copy(update={"away": {**held.away, place: title}}))

    def bring_back(self, places: Collection[str]) -> None:
        """Note that these are to be read again; those that are not put away make no difference."""
        held = self._read()
        left = {place: title for place, title in held.away.items() if place not in places}
        if len(left) < len(held.away):
            self._write(held.model_copy(update={"away": left}))

    def forget(self, place: str) -> None:
        """Forget what was told about an article."""
        held = self._read()
        if place in held.details:
            left = {other: details for other, details in held.details.items() if other != place}
            self._write(held.model_copy(update={"details": left}))

    def _read(self) -> _File:
        try:
            return _File.model_validate(yaml.safe_load(self._path.read_text(encoding="utf-8")) or {})
        except FileNotFoundError:
            return _File()
        except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
            raise LibraryError(
                f"{self._path} cannot be read: it holds what you wrote about articles.",
                "Put it right, or move it away; the articles themselves are safe.",
            ) from error

    def _write(self, held: _File) -> None:
        """Write the file in one step that a crash cannot leave half done."""
        draft = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            written = yaml.safe_dump(held.model_dump(), allow_unicode=True, sort_keys=False, width=110)
            draft.write_text(HEAD + written, encoding="utf-8")
            draft.replace(self._path)
        except OSError as error:
            raise LibraryError(
                f"{self._path} cannot be written ({error.strerror}).", "Free some space, then try again."
            ) from error


def as_told(article: Article, details: Details | None) -> Article:
    """Return the article with what was told about it in place of what was found."""
    if details is None:
        return article
    told: dict[str, Any] = {"title": details.title or None, "author": details.author}
    told |= {"year": details.date, "source": details.source}
    return replace(article, **{name: words for name, words in told.items() if words is not None})


def _line(words: str) -> str:
    legible = words.encode("utf-8", errors="ignore").decode("utf-8")
    shown = "".join(letter if letter.isprintable() else " " for letter in legible)
    return " ".join(shown.split())[:LONGEST]
