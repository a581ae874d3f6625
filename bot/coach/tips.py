"""One tip at a time, with a passage behind it; none where the leader already does what it would say."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from bot.coach.circumstances import NOW, circumstances
from bot.coach.words import CoachWords, TipWords, choose, person_slots, quoted, what_he_said
from bot.colleague.memory import Memory
from bot.colleague.state import Act

REST_TURNS = 3
"""Turns before the same kind of tip may come back, unless the leader has just done it again."""


@dataclass(frozen=True)
class Cited:
    """A passage that a tip rests on."""

    passage_id: str
    title: str
    section: str


class Shelf(Protocol):
    """What the coach needs of a library."""

    def cite(self, query: str) -> Cited | None:
        """Return the passage that speaks to `query`, or None when the library holds none."""


@dataclass(frozen=True)
class Tip:
    """One thing to try, and where it comes from; `passage_id` is '' when the library has nothing on it."""

    when: str
    says: str
    behaviour: int
    passage_id: str = ""
    title: str = ""
    section: str = ""


def tip_after(
    memory: Memory,
    words: CoachWords,
    given: Iterable[Tip],
    shelf: Shelf | None,
    seed: int,
    followed: Collection[int] = (),
) -> Tip | None:
    """Return the tip that fits after the last turn, or None. `given`: the tips of earlier turns, oldest first.

    `followed` are the behaviours that the leader shows well already: on them there is no tip but on a slip just made.
    """
    if memory.last is None or memory.last.out_of_role or memory.step == "agreed":
        return None
    given = list(given)
    so = circumstances(memory)
    resting = {tip.when for tip in given[-REST_TURNS:]}
    for entry in words.tips:
        if entry.when not in so or (entry.when in resting and entry.when not in NOW):
            continue
        if entry.behaviour in followed and entry.when not in NOW:
            continue
        says = _says(entry, so[entry.when], memory, frozenset(tip.says for tip in given), seed)
        if given and says == given[-1].says:  # every wording has been used: any but the last
            says = _says(entry, so[entry.when], memory, frozenset({given[-1].says}), seed)
        if says and not (given and says == given[-1].says):
            cited = shelf.cite(entry.look_up) if shelf else None
            place = (cited.passage_id, cited.title, cited.section) if cited else ("", "", "")
            return Tip(entry.when, says, entry.behaviour, *place)
    return None


def _says(entry: TipWords, act: Act | None, memory: Memory, used: frozenset[str], seed: int) -> str:
    slots = person_slots(memory.scenario.colleague) | what_he_said(memory)
    if act is not None:
        slots["quote"] = quoted(act.segment.text)
    slots["turn"] = str(memory.last.number if memory.last else 0)
    return choose(entry.says, slots, f"{seed}:tip:{len(memory.turns)}", used)
