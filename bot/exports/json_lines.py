"""A session as JSON Lines, to take elsewhere and to bring back."""

import json
from collections.abc import Callable
from typing import Any

from bot.coach.as_json import debrief_json
from bot.colleague.turn import Turn
from bot.exports.making import Cover, hidden_in
from bot.exports.paper import LABEL, Choice
from bot.record.kept import Kept, KeptTurn

PLAIN = ("id", "title", "scenario", "seed", "mode", "level", "opening", "scenario_hash", "reader_hash", "parent_id")
WORDS = frozenset({"title", "opening", "leader", "text", "line", "thought", "did", "tip", "quote", "what", "try"})
"""Names of values that somebody said, or that quote somebody."""


def json_lines(kept: Kept, cover: Cover, choice: Choice) -> str:
    """Return one line of the session, one for each turn, one of the debrief where it was finished, one of the end."""
    debrief = cover.debrief if kept.ending else None
    thoughts = choice.thoughts and debrief is not None
    rows = [_session_line(kept, cover), *(_turn_line(one, choice, thoughts) for one in kept.turns)]
    if debrief is not None:
        rows.append({"kind": "debrief", **_debrief(debrief_json(debrief), choice)})
    rows.append({"kind": "end", "ending": kept.ending})
    if choice.thoughts and kept.reflection:
        rows[-1]["reflection"] = kept.reflection
    if not choice.names:
        hide = hidden_in(kept, cover.person.name)
        rows = [_renamed(row, hide) for row in rows]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _session_line(kept: Kept, cover: Cover) -> dict[str, Any]:
    return {
        "kind": "session",
        "label": LABEL,
        **{name: getattr(kept, name) for name in PLAIN},
        "branched_after": kept.branched_after,
        "colleague": cover.person.name,
        "created": kept.created.isoformat(),
        "updated": kept.updated.isoformat(),
    }


def _turn_line(one: KeptTurn, choice: Choice, thoughts: bool) -> dict[str, Any]:
    turn = one.turn
    coach = {name: one.notes[name] for name in ("did", "tip", "source") if one.notes.get(name)}
    return {
        "kind": "turn",
        "number": turn.number,
        "leader": turn.words,
        "segments": _segments(turn),
        **({"corrected": _segments(one.corrected)} if one.corrected else {}),
        "line": turn.line,
        "voice": turn.voice,
        "state": turn.state.as_numbers(),
        "disclosed": [told.fact for told in turn.told],
        "out_of_role": bool(turn.out_of_role),
        **({"coach": coach} if choice.notes and coach else {}),
        **({"thought": turn.thought} if thoughts and turn.thought else {}),
    }


def _segments(turn: Turn) -> list[dict[str, Any]]:
    names = ("text", "move", "focus", "confidence", "sure")
    return [{name: getattr(act.segment, name) for name in names} for act in turn.acts]


def _debrief(found: dict[str, Any], choice: Choice) -> dict[str, Any]:
    if not choice.thoughts:
        for moment in found["moments"]:
            del moment["thought"]
    return found


def _renamed(value: Any, hide: Callable[[str], str], name: str = "") -> Any:
    """Return the value with names hidden wherever somebody is quoted."""
    if isinstance(value, dict):
        return {key: _renamed(one, hide, key) for key, one in value.items()}
    if isinstance(value, list):
        return [_renamed(one, hide, name) for one in value]
    return hide(value) if isinstance(value, str) and name in (*WORDS, "reflection", "question") else value
