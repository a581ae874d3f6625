"""A debrief as JSON: the shape that the commands and the exports keep to."""

from typing import Any

from bot.coach.debrief import Debrief


def debrief_json(found: Debrief) -> dict[str, Any]:
    """Return the ten behaviours, the strength, the moments and the question. There is no total, and no grade."""
    shown = ("id", "score", "status", "quote", "turn")
    strength = found.strength
    return {
        "behaviours": [{name: getattr(one, name) for name in shown} for one in found.behaviours],
        "strength": {"text": strength.text, "quote": strength.quote, "turn": strength.turn} if strength else None,
        "moments": [
            {
                "turn": one.turn,
                "quote": one.words,
                "line": one.line,
                "thought": one.thought,
                "what": one.what,
                "try": list(one.alternatives),
            }
            for one in found.moments
        ],
        "question": found.question,
    }
