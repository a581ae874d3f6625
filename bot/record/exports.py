"""A session as a file: Markdown to read, JSON Lines to take elsewhere."""

import json
import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.colleague.turn import Turn
from bot.errors import RecordError, UsageError
from bot.record.kept import Kept, KeptTurn

LABEL = "Simulated colleague. Practice, never appraisal."
SPECIAL = re.compile(r"[\\`*_\[\]<>#|~&$]")
OPENS_BLOCK = re.compile(r"^(\d*)([-+=.)])")


@dataclass(frozen=True)
class Cover:
    """What an export says beyond the session itself; whatever is '' is left out."""

    scenario: str = ""
    """The scenario's title."""
    colleague: str = "Alex"
    brief: str = ""
    """One line of what the leader knew beforehand."""
    ending: str = ""
    """The ending in words."""


def export(kept: Kept, to: Path, *, cover: Cover | None = None, overwrite: bool = False) -> Path:
    """Write the session to the file `to`, whole or not at all, and return `to`. Its ending decides the form.

    Raise UsageError for an ending that cannot be written, a folder that is missing, or a file that exists already
    unless `overwrite`; RecordError where the disk refuses.
    """
    write = WRITERS.get(to.suffix.lower())
    if write is None:
        raise UsageError(
            f"{to.name!r} cannot be written: its ending is not one of ours.", f"There are {', '.join(WRITERS)}."
        )
    if not to.parent.is_dir():
        raise UsageError(f"There is no folder {to.parent}.", "Make it first, or choose another.")
    if to.exists() and not overwrite:
        raise UsageError(f"{to} exists already.", "Choose another name, or ask for it to be overwritten.")
    _replace(to, write(kept, cover or Cover()))
    return to


def markdown(kept: Kept, cover: Cover) -> str:
    """Return the session to read, with the coach in the margin. Nothing said can break the layout."""
    blocks = [LABEL, f"# {_one_line(kept.title)}", _facts(kept, cover)]
    blocks += [f"**{_one_line(cover.colleague)}**", _paragraphs(kept.opening)]
    for one in kept.turns:
        blocks += _turn_blocks(one, cover.colleague)
    ending = cover.ending or (kept.ending or "unfinished").replace("_", " ")
    blocks += ["## How it ended", _paragraphs(ending)]
    if kept.reflection:
        blocks += ["## Reflection", _paragraphs(kept.reflection)]
    return "\n\n".join(block for block in blocks if block) + "\n"


def json_lines(kept: Kept, cover: Cover) -> str:
    """Return the session as JSON Lines: one of the session, one for each turn, one of the end."""
    rows = [_session_line(kept, cover), *(_turn_line(one) for one in kept.turns)]
    rows.append({"kind": "end", "ending": kept.ending})
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


WRITERS: dict[str, Callable[[Kept, Cover], str]] = {".md": markdown, ".jsonl": json_lines}


def read_jsonl(path: Path) -> list[tuple[str, str]]:
    """Return the (leader's words, colleague's line) of each turn of an export, in order.

    Raise UsageError, with the line's number, where the file cannot be read as one.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"{path} cannot be read as text in UTF-8.", "Export the session again.") from None
    rows = [_row(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    return [(row["leader"], row["line"]) for row in rows if row["kind"] == "turn"]


def _row(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
        complete = row["kind"] != "turn" or (isinstance(row["leader"], str) and isinstance(row["line"], str))
    except (ValueError, TypeError, KeyError):
        complete = False
    if not complete:
        raise UsageError(f"{path.name}, line {number}: this is not a line of an export.", "Export the session again.")
    return dict(row)


def _session_line(kept: Kept, cover: Cover) -> dict[str, Any]:
    plain = ("id", "title", "scenario", "seed", "mode", "level", "opening", "scenario_hash", "reader_hash", "parent_id")
    return {
        "kind": "session",
        "label": LABEL,
        **{name: getattr(kept, name) for name in plain},
        "branched_after": kept.branched_after,
        "colleague": cover.colleague,
        "created": kept.created.isoformat(),
        "updated": kept.updated.isoformat(),
    }


def _segments(turn: Turn) -> list[dict[str, Any]]:
    names = ("text", "move", "focus", "confidence", "sure")
    return [{name: getattr(act.segment, name) for name in names} for act in turn.acts]


def _turn_line(one: KeptTurn) -> dict[str, Any]:
    turn, put_right = one.turn, {"corrected": _segments(one.corrected)} if one.corrected else {}
    return {
        "kind": "turn",
        "number": turn.number,
        "leader": turn.words,
        "segments": _segments(turn),
        **put_right,
        "line": turn.line,
        "voice": turn.voice,
        "state": turn.state.as_numbers(),
        "disclosed": [told.fact for told in turn.told],
        "out_of_role": bool(turn.out_of_role),
    }


def _facts(kept: Kept, cover: Cover) -> str:
    facts = [
        ("When", _when(kept.created)),
        ("Scenario", cover.scenario or kept.scenario),
        ("Level", "" if kept.level == "usual" else kept.level.replace("_", " ")),
        ("Who spoke", _who_spoke(kept)),
        ("Beforehand", cover.brief),
    ]
    return "\n".join(f"- {name}: {_one_line(fact)}" for name, fact in facts if fact)


def _when(moment: datetime) -> str:
    local = moment.astimezone()
    return f"{local.day} {local:%B %Y, %H:%M %Z}"


def _who_spoke(kept: Kept) -> str:
    worded = [str(one.turn.number) for one in kept.turns if one.turn.voice == "model"]
    if not worded:
        return "authored lines, no language model"
    if len(worded) == len(kept.turns):
        return "a language model worded every line"
    return f"a language model worded turns {', '.join(worded)}; the other lines are authored"


def _turn_blocks(one: KeptTurn, colleague: str) -> list[str]:
    speaker = "The program" if one.turn.out_of_role else _one_line(colleague)
    words = _paragraphs(one.turn.words) or "(said nothing)"
    return [
        f"**You {one.turn.number}**",
        words,
        f"**{speaker}**",
        _paragraphs(one.turn.line),
        _margin(one.notes),
        _put_right(one),
    ]


def _put_right(one: KeptTurn) -> str:
    """Return which sentences the leader read otherwise than the program had, as a quote."""
    pairs = zip(one.turn.acts, one.stands.acts, strict=True)
    notes = [
        f"> Read by the leader as {_one_line(now.segment.move.replace('_', ' '))}, "
        f"by the program as {_one_line(was.segment.move.replace('_', ' '))}: {_one_line(was.segment.text)}"
        for was, now in pairs
        if was.segment.move != now.segment.move
    ]
    return "\n>\n".join(notes)


def _margin(coach: dict[str, Any]) -> str:
    """Return what the coach showed as a quote: did, tip, source, whichever there is."""
    names = (("did", "Coach"), ("tip", "Try"), ("source", "From"))
    notes = [f"{name}: {_one_line(str(coach[key]))}" for key, name in names if coach.get(key)]
    return "\n>\n".join(f"> {note}" for note in notes)


def _paragraphs(words: str) -> str:
    """Return words as Markdown that reads the same: paragraphs stay, a line's end is kept, nothing is a command."""
    paragraphs = re.split(r"\n\s*\n", "\n".join(words.splitlines()))
    return "\n\n".join("\\\n".join(_plain(paragraph)) for paragraph in paragraphs if paragraph.strip())


def _plain(paragraph: str) -> list[str]:
    return [_escaped(line) for line in paragraph.split("\n") if line.strip()]


def _one_line(words: str) -> str:
    return _escaped(" ".join(words.split()))


def _escaped(line: str) -> str:
    """Return one line with Markdown's characters made plain, wherever they stand."""
    return OPENS_BLOCK.sub(r"\1\\\2", SPECIAL.sub(r"\\\g<0>", line.strip()))


def _replace(to: Path, content: str) -> None:
    """Write beside `to` first and put it in place when it is on the disk."""
    beside = to.with_name(f".{to.name}.{secrets.token_hex(4)}")
    try:
        with beside.open("x", encoding="utf-8", newline="\n") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(to)
    except OSError as fault:
        beside.unlink(missing_ok=True)
        reason = fault.strerror or type(fault).__name__
        raise RecordError(
            f"{to} was not written: {reason}. The session itself is safe.", "Free some space or choose another folder."
        ) from fault
