"""The paper as Markdown. Nothing that anybody said can break the layout, or become a tag."""

import re
from collections.abc import Iterable

from bot.exports.paper import Afterwards, Again, Entry, Exchange, Level, Note, Paper, Picture, one_line, paragraphs

SPECIAL = re.compile(r"[\\`*_\[\]<>#|~&$]")
OPENS_BLOCK = re.compile(r"^(\d*)([-+=.)])")


def markdown(paper: Paper) -> str:
    """Return the paper to read."""
    blocks = [
        _escaped(paper.label),
        f"# {_line(paper.title)}",
        _listed(f"{name}: {fact}" for name, fact in paper.facts),
    ]
    blocks += _beforehand(paper)
    blocks += ["## The conversation"] if paper.exchanges else []
    blocks += [f"**{_line(paper.other)}**", _words(paper.opening)] if paper.opening else []
    for one in paper.exchanges:
        blocks += _exchange(one, paper.you)
    blocks += ["## How it ended", _words(paper.ending)] if paper.ending else []
    blocks += _afterwards(paper.afterwards, paper) if paper.afterwards else []
    blocks += ["## Reflection", _words(paper.reflection)] if paper.reflection.strip() else []
    if paper.cited:
        blocks += ["## Passages cited", *(_cite(one.place, one.words, one.where) for one in paper.cited)]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _beforehand(paper: Paper) -> list[str]:
    if not (paper.brief or paper.you_know or paper.before):
        return []
    asked = [block for ask, answer in paper.before for block in (f"**{_line(ask)}**", _words(answer))]
    return ["## Beforehand", *map(_words, paper.brief), _listed(paper.you_know), *asked]


def _exchange(one: Exchange, you: str) -> list[str]:
    words = _words(one.words) or "(said nothing)"
    blocks = [f"**{_line(you)} {one.number}**", words]
    blocks += [f"**{_line(one.speaker)}**", _words(one.line)] if one.line.strip() else []
    return [*blocks, "\n>\n".join(_note(note) for note in one.notes)]


def _note(note: Note) -> str:
    said = " ".join(note.words)
    about = f" (“{note.quote}”)" if note.quoted else ""
    return f"> {_line(note.who)}: {_line(said + about)}"


def _afterwards(found: Afterwards, paper: Paper) -> list[str]:
    blocks = [_words(found.headline), _words(found.summary)]
    blocks += ["### One strength", _words(found.strength)] if found.strength else []
    blocks += ["### Six weeks later", _words(found.six_weeks), _words(found.why)] if found.six_weeks else []
    blocks += ["## Moments to try again", *(_again(one, paper) for one in found.moments)] if found.moments else []
    blocks += ["## Ten behaviours", "Each level rests on your own words. A profile to think with, not a grade."]
    blocks += [_profile(found.levels)]
    blocks += _maps(found, paper)
    blocks += [block for picture in found.pictures for block in _picture(picture)]
    blocks += ["## Who said how much, and how", *map(_words, found.said)]
    return [*blocks, "## A question to take away", _words(found.question)] if found.question else blocks


def _again(one: Again, paper: Paper) -> str:
    blocks = [f"### {_line(one.letter)}: turn {one.turn}", f"> {_line(paper.you)}: {_line(one.words)}"]
    blocks += [f"> {_line(paper.other)}: {_line(one.line)}"] if one.line else []
    blocks += [_words(one.what)]
    blocks += [f"Not said aloud: {_line(one.thought)}"] if one.thought else []
    return "\n\n".join([*blocks, _listed(f"You might say: {way}" for way in one.alternatives)])


def _profile(levels: Iterable[Level]) -> str:
    rows = ["| behaviour | level | what you said |", "|---|---|---|"]
    for one in levels:
        level = f"{one.level} ({one.steps} of 4)" if one.steps is not None else one.level
        level += f". Coach: {one.coach}" if one.coach else ""
        said = f"“{one.quote}” (turn {one.turn})" if one.quote else one.note
        rows.append(f"| {_line(one.name)} | {_line(level)} | {_line(said)} |")
    return "\n".join(rows)


def _maps(found: Afterwards, paper: Paper) -> list[str]:
    if not found.maps:
        return []
    rows = [f"| | yours | {_line(paper.other)}’s |", "|---|---|---|"]
    rows += [f"| {row.part} | {_entries(row.mine)} | {_entries(row.his)} |" for row in found.maps]
    return ["## Two theories of action", "\n".join(rows)]


def _entries(entries: Iterable[Entry]) -> str:
    return "<br>".join(_line(f"{one.text} ({one.how})" if one.how else one.text) for one in entries) or "nothing noted"


def _picture(picture: Picture) -> list[str]:
    return [f"## {_line(picture.title)}", _words(picture.words)]


def _cite(place: str, words: str, where: str) -> str:
    quote = f"\n  > {_line(words)}" if words else ""
    return f"- {_line(place)} ({where}){quote}"


def _listed(lines: Iterable[str]) -> str:
    return "\n".join(f"- {_line(line)}" for line in lines)


def _words(words: str) -> str:
    """Return words as Markdown that reads the same: paragraphs stay, a line's end is kept, nothing is a command."""
    return "\n\n".join("\\\n".join(_escaped(line) for line in lines) for lines in paragraphs(words))


def _line(words: str) -> str:
    return _escaped(one_line(words))


def _escaped(line: str) -> str:
    """Return one line with Markdown's characters made plain, wherever they stand."""
    return OPENS_BLOCK.sub(r"\1\\\2", SPECIAL.sub(r"\\\g<0>", line.strip()))
