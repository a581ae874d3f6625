"""From a session as it was kept, and its debrief, to the paper that every export prints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.coach.as_said import turns_listed
from bot.coach.debrief import Debrief
from bot.colleague.scenario import Person, Scenario
from bot.colleague.turn import AUTHORED
from bot.exports.afterwards import afterwards_of
from bot.exports.paper import LABEL, Choice, Cite, Exchange, Note, Paper, one_line, printable, retold
from bot.model.hiding import hider
from bot.record.kept import Kept, KeptTurn

PREPARED = (
    ("beliefs", "What I believe"),
    ("actions", "What I do"),
    ("consequences", "What follows"),
    ("guess", "My first guess at the other’s reasons"),
)
UNSAID = ("unsaid", "What I was thinking and would not say")


@dataclass(frozen=True)
class Cover:
    """What an export says beyond the session itself; whatever is '' or None is left out."""

    scenario: Scenario | None = None
    """None where its folder has gone."""
    debrief: Debrief | None = None
    """Of a session that was finished."""
    levels: Sequence[str] = ()
    """The names of the levels 0 to 4."""
    passages: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Passage id -> (where it stands, its words), of those the coach cited that the library still holds."""

    @property
    def person(self) -> Person:
        """Return who the colleague is."""
        return self.scenario.colleague if self.scenario else Person(name="Alex", they="he", them="him", their="his")


def paper_of(kept: Kept, cover: Cover, choice: Choice) -> Paper:
    """Return the paper of a session: the transcript, and, where it was finished, its debrief."""
    person, plot = cover.person, cover.scenario.plot if cover.scenario else None
    debrief = cover.debrief if kept.ending else None
    thoughts = choice.thoughts and debrief is not None
    paper = Paper(
        label=LABEL,
        title=kept.title,
        facts=_facts(kept, cover),
        brief=tuple(plot.brief.situation) if plot else (),
        you_know=tuple(plot.brief.you_know) if plot else (),
        before=_before(kept, choice),
        you="You",
        other=person.name,
        opening=kept.opening,
        exchanges=tuple(_exchange(one, person.name, choice, thoughts) for one in kept.turns),
        ending=_ending(kept, cover),
        afterwards=afterwards_of(debrief, cover.levels, person, choice, _played(kept)) if debrief else None,
        reflection=kept.reflection if choice.thoughts else "",
        cited=_cited(kept, cover) if choice.notes else (),
    )
    paper = retold(paper, printable)
    return paper if choice.names else retold(paper, hidden_in(kept, person.name))


def hidden_in(kept: Kept, keep: str) -> Any:
    """Return what hides the names that the leader typed; `keep` is the simulated colleague's."""
    typed = [kept.title, kept.reflection, *(str(note) for note in kept.notes.values())]
    heard = [printable(text) for text in (*typed, *(one.turn.words for one in kept.turns))]
    authored = [printable(one.turn.line) for one in kept.turns if one.turn.voice == AUTHORED]
    return hider(heard, authored=authored, keep=keep)


def _played(kept: Kept) -> list[int]:
    return [one.turn.number for one in kept.turns if not one.turn.out_of_role]


def _facts(kept: Kept, cover: Cover) -> tuple[tuple[str, str], ...]:
    plot = cover.scenario.plot if cover.scenario else None
    facts = (
        ("When", _when(kept.created)),
        ("Scenario", plot.title if plot else kept.scenario),
        ("Level", "" if kept.level == "usual" else kept.level.replace("_", " ")),
        ("Who spoke", _who_spoke(kept)),
        ("Worth leaving with", plot.brief.worth_leaving_with if plot else ""),
    )
    return tuple((name, one_line(fact)) for name, fact in facts if fact)


def _before(kept: Kept, choice: Choice) -> tuple[tuple[str, str], ...]:
    asked = (*PREPARED, UNSAID) if choice.thoughts else PREPARED
    return tuple((ask, str(kept.notes[name])) for name, ask in asked if str(kept.notes.get(name, "")).strip())


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


def _ending(kept: Kept, cover: Cover) -> str:
    if kept.ending and cover.scenario and kept.ending in cover.scenario.endings:
        return cover.scenario.endings[kept.ending].name
    return (kept.ending or "Not finished: the debrief comes when it is.").replace("_", " ")


def _exchange(one: KeptTurn, colleague: str, choice: Choice, thoughts: bool) -> Exchange:
    turn = one.turn
    notes = [*_coach_notes(one), *_put_right(one)] if choice.notes else []
    if thoughts and turn.thought:
        notes.append(Note(f"{colleague} did not say", (turn.thought,), thought=True))
    speaker = "The program" if turn.out_of_role else colleague
    return Exchange(turn.number, turn.words, speaker, turn.line, tuple(notes))


def _coach_notes(one: KeptTurn) -> list[Note]:
    """Return what the coach showed: what the turn did, and one thing to try with where it comes from."""
    says, found = one.notes, []
    observed = (says.get("notes") or {}).get("observation") or {}
    quote = str(observed.get("quote", ""))
    chips = "; ".join(str(chip["says"]) for chip in observed.get("chips", ()))
    if says.get("did"):
        found.append(Note("Coach", tuple(part for part in (chips and f"{chips}.", str(says["did"])) if part), quote))
    if says.get("tip"):
        source = (f"From {_place(says['source'])}",) if says.get("source") else ()
        found.append(Note("Coach", (f"Try: {says['tip']}", *source)))
    return found


def _put_right(one: KeptTurn) -> list[Note]:
    """Return which sentences the leader read otherwise than the program had."""
    pairs = zip(one.turn.acts, one.stands.acts, strict=True)
    return [
        Note(
            "Read by the leader",
            (f"As {_named(now.segment.move)}; by the program as {_named(was.segment.move)}.",),
            was.segment.text,
            quoted=True,
        )
        for was, now in pairs
        if was.segment.move != now.segment.move
    ]


def _named(move: str) -> str:
    return move.replace("_", " ")


def _cited(kept: Kept, cover: Cover) -> tuple[Cite, ...]:
    """Return the passages behind the coach's tips, in the order in which they first came."""
    turns: dict[tuple[str, str], list[int]] = {}
    for one in kept.turns:
        tip = (one.notes.get("notes") or {}).get("tip") or {}
        if one.notes.get("tip") and one.notes.get("source"):
            turns.setdefault((str(tip.get("passage_id", "")), str(one.notes["source"])), []).append(one.turn.number)
    return tuple(
        Cite(*cover.passages.get(passage, (_place(source), "")), turns_listed(numbers))
        for (passage, source), numbers in turns.items()
    )


def _place(source: object) -> str:
    return str(source).replace(" > ", " › ")
