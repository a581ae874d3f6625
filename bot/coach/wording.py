"""Help me word it: a draft becomes a curious version, and says what changed and why."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from bot.coach.matter import matter_of
from bot.coach.read_back import ReadBack
from bot.coach.words import CoachWords, fillable, person_slots, what_he_said
from bot.colleague.hearing import Hearing
from bot.colleague.memory import Memory
from bot.listen.codebook import Codebook

OFFERED = 3
STANDS = frozenset({"observation", "empty", "stacked"})
"""Drafts that their versions go on with, or take apart; for any other, what somebody else would ask is offered too."""
WORST_FIRST = (
    "directive",
    "accusing_question",
    "judgement",
    "leading_question",
    "suggestion",
    "softening",
    "next_step",
    "own_view",
    "observation",
    "closed_question",
    "appreciation",
)


@dataclass(frozen=True)
class Worded:
    """One to three ways to say it, why, and what the draft does as it stands."""

    says: tuple[str, ...]
    why: str
    reads_as: str
    note: str = ""
    """Whose wordings they are, where they are not all the coach's."""


def word_it(
    draft: str,
    hearing: Hearing,
    memory: Memory,
    words: CoachWords,
    codebook: Codebook,
    asked: Sequence[str],
    read_back: ReadBack,
) -> Worded:
    """Return curious versions of the draft, which reads as `hearing` at this point of the conversation.

    `asked` are open questions that others have asked about the same matter: one is offered, and two, before anything
    else, where the draft has no noun phrase to go on with.
    """
    kind = _kind(hearing)
    entry = words.wordings[kind]
    person = person_slots(memory.scenario.colleague)
    slots = person | what_he_said(memory)
    if matter := matter_of(draft, memory.scenario):
        slots["matter"] = matter
    dice = random.Random(f"{len(memory.turns)}:{draft}")
    fit = fillable(entry.says, slots)
    dice.shuffle(fit)
    fit.sort(key=lambda text: not (matter and matter in text))
    offered = read_back.first(fit, OFFERED)
    if kind not in STANDS:
        offered = (*offered[:1], *asked[:1], *offered[1:]) if matter else (*asked[:2], *offered)
    why = dice.choice(fillable(entry.why, slots))
    move = hearing.acts[0].segment.move if hearing.acts else "off_task"
    named = {"empty": "acknowledgement", "ultimatum": "directive", "stacked": "open_question", "fine": move}.get(
        kind, kind
    )
    name = codebook.moves[named].name if named in codebook.moves else codebook.moves[move].name
    return Worded(offered[:OFFERED], why, name)


def _kind(hearing: Hearing) -> str:
    forms = {form for act in hearing.acts for form in act.forms}
    if "ultimatum" in forms or "pressed" in forms:
        return "ultimatum" if "ultimatum" in forms else "pressed"
    if "stacked" in hearing.turn_forms and not hearing.moves & {"accusing_question", "leading_question"}:
        return "stacked"
    if hearing.first("acknowledgement", "empty") and len(hearing.acts) <= 2:
        return "empty"
    moves = [move for move in WORST_FIRST if move in hearing.moves]
    for move in moves:
        if _needs_help(move, hearing):
            return move
    return "fine"


def _needs_help(move: str, hearing: Hearing) -> bool:
    act = hearing.first(move)
    if act is None:
        return False
    if move == "own_view":
        return "with_grounds" not in act.forms and "open_question" not in hearing.moves
    if move == "observation":
        return not hearing.moves & {"open_question", "own_view"}
    if move == "next_step":
        return "dated" not in act.forms
    if move == "suggestion":
        return True
    if move in {"closed_question", "appreciation"}:
        return len(hearing.acts) == 1
    return True
