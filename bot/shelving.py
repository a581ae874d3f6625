"""The library in a terminal: what it holds, what comes in and goes, and what an article was cited for."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bot.errors import UsageError
from bot.library.catalogue import Held, LeftOut, Standing
from bot.library.ingest import Progress
from bot.library.told import Details
from bot.reading_room import ReadingRoom, Use
from bot.settings import Settings
from bot.studio import Studio

FROM = {"added": "added", "folder": "from a folder", "program": "came with Alex"}
GONE = {
    "added": "“{title}” is removed, and its copy deleted.",
    "folder": "“{title}” is not read any more. Its file is where it was. {back}",
    "program": "“{title}” is put away. {back}",
}
BACK = 'To bring it back: alex library back "{title}"'
INDEX = {"whole": "in order", "at work": "being made anew", "missing": "not up to date; searching works without it"}
ASKED = (("author", "Who wrote it"), ("date", "When"), ("source", "Where it is from"))

Say = Callable[[str], None]
Ask = Callable[[str], str]


@contextmanager
def opened(settings: Settings) -> Iterator[ReadingRoom]:
    """Give the reading room, and leave the library's index in order."""
    studio = Studio(settings)
    try:
        yield studio.reading_room
    finally:
        studio.library().close()


def list_articles(settings: Settings, say: Say, *, as_json: bool) -> None:
    """Print every article, how the library stands, what could not be read and what is put away."""
    with opened(settings) as room:
        shelf, standing = room.articles(), room.standing()
    if as_json:
        say(json.dumps(_as_json(shelf, standing), ensure_ascii=False, indent=2))
        return
    for one in shelf:
        say(f"{one.title}\n    {_line(one)}")
    held = f"{_counted(standing.articles, 'article')}, {_counted(standing.passages, 'passage')}"
    say(f"{held}. Index: {INDEX[standing.index]}.")
    for left in standing.left_out:
        say(_fault(left))
    for place, title in standing.away.items():
        say(f"Put away: {title} ({place})")


def add(settings: Settings, paths: Sequence[Path], given: Details, say: Say, ask: Ask | None) -> bool:
    """Copy files into the library and read them; return whether any came in.

    `given` is known of all of them. Where the author, date or source is still missing, `ask` asks for it, if there is
    somebody to ask.
    """
    with opened(settings) as room:
        taken = room.add(paths, lambda now: say(_progress(now)), given)
        for name, title in taken.twice:
            say(f"{name} is in the library already, as “{title}”.")
        for left in taken.left_out:
            say(_fault(left))
        for one in taken.added:
            say(f"Added: {one.title} ({_counted(one.passages, 'passage')})")
            _ask_for(room, one, say, ask)
    return bool(taken.added or taken.twice)


def about(settings: Settings, article: str, given: dict[str, str | None], say: Say) -> None:
    """Print what is known of an article and what it was cited for; keep what is `given` of it first."""
    with opened(settings) as room:
        room.articles()
        held = room.catalogue.named(article)
        if any(words is not None for words in given.values()):
            held = room.describe(held.place, {name: words for name, words in given.items() if words is not None})
        say(f"{held.title}\n    {_line(held)}")
        for name, words in (("Source", held.source), ("Licence", held.licence), ("File", str(held.path))):
            if words:
                say(f"    {name}: {words}")
        for use in room.uses(held):
            say(f"    Cited for {_use(use)}")


def remove(settings: Settings, article: str, say: Say) -> None:
    """Take an article out of the library: a copy is deleted, any other file stays and is read no more."""
    with opened(settings) as room:
        room.articles()
        gone = room.catalogue.remove(room.catalogue.named(article).place)
        say(GONE[gone.origin].format(title=gone.title, back=BACK.format(title=gone.title)))


def bring_back(settings: Settings, article: str, say: Say) -> None:
    """Read an article again that was put away."""
    with opened(settings) as room:
        room.articles()
        say(f"“{room.catalogue.bring_back(_put_away(room.standing(), article))}” is back.")


def make_index(settings: Settings, say: Say) -> None:
    """Make the index anew and say how it is then."""
    with opened(settings) as room:
        room.articles()
        room.catalogue.make_index_anew()
        room.wait_for_index()
        say(f"Index: {INDEX[room.standing().index]}.")


def asker() -> Ask | None:
    """Return what asks somebody at the keyboard, or None where nobody is there."""
    return _answer if sys.stdin.isatty() and sys.stdout.isatty() else None


def _answer(question: str) -> str:
    try:
        return input(question)
    except EOFError:
        return ""


def _ask_for(room: ReadingRoom, one: Held, say: Say, ask: Ask | None) -> None:
    if not one.missing:
        return
    if ask is None:
        listed = " ".join(f"--{name} …" for name in one.missing)
        say(f'    Not known yet: {", ".join(one.missing)}. Add it with: alex library about "{one.name}" {listed}')
        return
    say("    What you know of it is shown wherever it is cited. Press Enter for what you do not know.")
    room.describe(one.place, {name: ask(f"    {words}: ") for name, words in ASKED if name in one.missing})


def _put_away(standing: Standing, article: str) -> str:
    sought = article.strip().casefold()
    found = [place for place, title in standing.away.items() if sought in (place.casefold(), title.casefold())]
    found = found or [place for place, title in standing.away.items() if sought and sought in title.casefold()]
    if len(found) != 1:
        listed = "; ".join(f"{title} ({place})" for place, title in standing.away.items())
        raise UsageError(
            f"No article that is put away is called {article!r}." if not found else f"{article!r} could be several.",
            f"Put away: {listed}." if listed else "None is put away.",
        )
    return found[0]


def _as_json(shelf: Sequence[Held], standing: Standing) -> dict[str, object]:
    left_out = [{"file": one.name, "fault": one.fault, "fix": one.fix} for one in standing.left_out]
    return {
        "articles": [one.as_json() for one in shelf],
        "passages": standing.passages,
        "index": standing.index,
        "left_out": left_out,
        "put_away": standing.away,
    }


def _line(one: Held) -> str:
    known = [one.author, "" if one.date == "unknown" else one.date]
    known += [f"{one.missing[0]} not known yet"] if len(one.missing) == 1 else []
    known += [f"{', '.join(one.missing[:-1])} and {one.missing[-1]} not known yet"] if len(one.missing) > 1 else []
    known += [_counted(one.pages, "page") if one.pages else "", _counted(one.passages, "passage"), FROM[one.origin]]
    return "; ".join(part for part in known if part)


def _use(use: Use) -> str:
    when = f"{use.when.astimezone().day} {use.when.astimezone():%B %Y}"
    return f"your turn {use.turn}, {use.title}: {use.words}" if use.session else f"a question, {when}: {use.words}"


def _progress(now: Progress) -> str:
    if not now.number:
        return "Another program is filling the library; waiting for it."
    return f"Reading {now.number} of {now.files}: {now.name}"


def _fault(left: LeftOut) -> str:
    return f"Left out: {left.name}: {left.fault} {left.fix}".strip()


def _counted(number: int, one: str) -> str:
    return f"{number} {one if number == 1 else one + 's'}"
