"""From a file's words to its debrief: who leads, names out, read, and looked back on. Nothing of it is kept."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot.coach.as_json import debrief_json
from bot.coach.coach import Coach
from bot.coach.debrief import Debrief
from bot.coach.ledger import Answered, answered
from bot.colleague.memory import Memory
from bot.colleague.scenario import Person
from bot.elsewhere.reading import memory_of
from bot.elsewhere.spoken import LEADERS, OTHERS, Said, is_leader, is_other, leads, paired, speakers
from bot.errors import UsageError
from bot.exports.afterwards import afterwards_of, said_of
from bot.exports.paper import LABEL_ELSEWHERE, Choice, Exchange, Note, Paper, printable, retold
from bot.listen.reading import MOVES
from bot.model.hiding import hider
from bot.session import open_house

USUAL = "alex-geography"
"""The scenario whose words lend the reading its ears where a conversation belongs to none."""
POSTS = LEADERS | OTHERS | frozenset("deputy assistant acting vice mr mrs ms miss dr sir the of and".split())
SOMEBODY = "Colleague"
"""What the other is called whose label is no name."""


@dataclass(frozen=True)
class LookedBack:
    """A conversation held elsewhere, read and debriefed."""

    memory: Memory
    debrief: Debrief
    answered: tuple[Answered, ...]
    leader: str
    guessed: bool
    """Whether nobody said who leads, and no label did."""
    others: tuple[str, ...]
    levels: tuple[str, ...]
    """The names of the levels 0 to 4."""
    kinds: Mapping[str, str]
    """Each move in words."""
    ours: bool
    """Whether it belongs to a scenario of ours, so that its ending and its colleague's reasons mean something."""


def look_back(
    prompts: Path, said: Sequence[Said], *, leader: str | None = None, scenario: str | None = None
) -> LookedBack:
    """Return the debrief of a conversation. `scenario` is the one of ours that it belongs to, if it does.

    Raise UsageError where `leader` does not speak in it, ScenarioError for a scenario that there is not.
    """
    guess, told = leads(said)
    chosen = guess if leader is None else _named(said, leader)
    pairs = paired(said, chosen)
    others = tuple(one.name for one in speakers(said) if one.name != chosen)
    house = open_house(prompts)
    coach = Coach(prompts, house.codebook, reads=house.reads)
    memory = memory_of(house, pairs, scenario or USUAL, None if scenario else _person(others))
    found = coach.debrief(memory, notes={}, self_rating={}, seed=0)
    guessed = leader is None and not told
    levels = tuple(coach.rubric.levels)
    kinds = coach.kinds(memory.scenario.colleague)
    ours = scenario is not None
    return LookedBack(memory, found, answered(memory), chosen, guessed, others, levels, kinds, ours)


def without_names(said: Sequence[Said], also: Sequence[str] = ()) -> tuple[Said, ...]:
    """Return the same with stand-ins for the speakers' names, those of `also`, and whatever names can be found."""
    labels = [_without_posts(one.name) for one in speakers(said) if not _is_plain(one.name)]
    hide = hider([one.words for one in said], also=(*labels, *also))
    return tuple(Said(one.speaker if _is_plain(one.speaker) else hide(one.speaker), hide(one.words)) for one in said)


def looked_back_json(found: LookedBack) -> dict[str, Any]:
    """Return the debrief of the command contract, and what can be counted: moves, acts of selling, engaged, bypassed.

    There is no total, and no grade.
    """
    debrief, memory = found.debrief, found.memory
    moves = Counter(act.segment.move for act in memory.acts)
    beliefs = ("turn", "about", "whose", "words", "asked_for", "tested_at")
    return {
        **debrief_json(debrief),
        "turns": len(memory.played),
        "leader": {"label": found.leader, "guessed": found.guessed},
        "others": list(found.others),
        "talk": vars(debrief.talk),
        "moves": {move: moves[move] for move in MOVES},
        "sold": {"hard": list(debrief.sold.hard), "soft": list(debrief.sold.soft)},
        "met": {
            "engaged": [one.turn for one in found.answered if one.engaged],
            "bypassed": [one.turn for one in found.answered if not one.engaged],
        },
        "ledger": [{name: getattr(one, name) for name in beliefs} for one in debrief.ledger],
    }


def paper_of(found: LookedBack, title: str) -> Paper:
    """Return the conversation with its debrief as a paper to export; of no scenario's ending where it is not ours."""
    memory, person = found.memory, found.memory.scenario.colleague
    played = [turn.number for turn in memory.played]
    after = afterwards_of(found.debrief, found.levels, person, Choice(), played)
    if not found.ours:
        said = said_of(found.debrief, person.name, found.answered)
        after = replace(after, headline="", summary="", six_weeks="", why="", maps=(), pictures=(), said=said)
    paper = Paper(
        label=LABEL_ELSEWHERE,
        title=title,
        facts=(("Who led", found.leader), ("Who else spoke", ", ".join(found.others) or "nobody")),
        brief=(),
        you_know=(),
        before=(),
        you="You",
        other=person.name,
        opening=memory.opening,
        exchanges=tuple(
            Exchange(turn.number, turn.words, person.name, turn.line, _notes(found, turn.number))
            for turn in memory.played
        ),
        ending="",
        afterwards=after,
        reflection="",
        cited=(),
    )
    return retold(paper, printable)


def _notes(found: LookedBack, number: int) -> tuple[Note, ...]:
    """Return how each sentence of a turn was read, and what it showed."""
    turn = next(one for one in found.memory.played if one.number == number)
    read = [Note("Read as", (found.kinds[act.segment.move],), act.segment.text, quoted=True) for act in turn.acts]
    shown = [
        Note("Shows", (f"{one.name}: {one.level.lower()}",), one.quote)
        for one in found.debrief.behaviours
        if one.turn == number
    ]
    return (*read, *shown)


def _named(said: Sequence[Said], leader: str) -> str:
    names = [one.name for one in speakers(said)]
    found = next((name for name in names if name.lower() == leader.strip().lower()), None)
    if found is None:
        raise UsageError(f"Nobody called {leader!r} speaks there.", f"Those who speak: {', '.join(names)}.")
    return found


def _person(others: Sequence[str]) -> Person:
    """Return who the other is: by name where one speaks under a name."""
    name = others[0] if len(others) == 1 and not _is_plain(others[0]) else SOMEBODY
    return Person(name=name, they="they", them="them", their="their")


def _without_posts(label: str) -> str:
    """Return a label without words for what somebody is: those are no names, and stand elsewhere too."""
    return " ".join(word for word in label.split() if word.lower().strip("().,") not in POSTS)


def _is_plain(label: str) -> bool:
    """Return whether a label says what somebody is, and not who: leader, other, Speaker 2."""
    first = label.split(maxsplit=1)[0].lower()
    return is_leader(label) or is_other(label) or first in {"speaker", "participant", "unknown"} or len(label) < 2
