"""The debrief as it is printed: headline, moments, profile, both maps, the plots."""

from collections.abc import Sequence

from bot.coach.as_said import sold_words, talk_words, turns_listed
from bot.coach.debrief import Debrief
from bot.coach.ledger import Answered, Met
from bot.coach.maps import MapItem, TheoryMap
from bot.coach.moments import Moment
from bot.coach.rubric import Behaviour
from bot.colleague.scenario import Person
from bot.exports.paper import Afterwards, Again, Choice, Entry, Level, MapRow, Picture
from bot.pictures.for_print import for_print
from bot.pictures.plots import Mark, rating_plot, state_plot

PRINTED_LARGER = 1.2
"""The letters of the wide plot, which is less wide on paper than on a screen; those at the line ends still fit."""


def afterwards_of(
    found: Debrief, levels: Sequence[str], person: Person, choice: Choice, played: Sequence[int]
) -> Afterwards:
    """Return the debrief of a conversation with `person`.

    `levels` are the names of 0 to 4; `played` the numbers of the turns in which the other spoke himself.
    """
    return Afterwards(
        headline=found.headline,
        summary=found.summary,
        six_weeks=found.six_weeks,
        why=found.why,
        strength=found.strength.text if found.strength else "",
        moments=tuple(_again(one, choice) for one in found.moments),
        levels=tuple(_level(one, found, levels, choice) for one in found.behaviours),
        maps=_rows(found.mine, found.his),
        pictures=_pictures(found, person, played),
        said=said_of(found, person.name, found.met),
        question=found.question,
    )


def said_of(found: Debrief, name: str, met: Sequence[Met | Answered]) -> tuple[str, ...]:
    """Return who spoke how much, how a view was sold and what was gone on with; `name` is the other's."""
    return tuple(part for part in (talk_words(found.talk, name), sold_words(found.sold), gone_on_with(met)) if part)


def gone_on_with(met: Sequence[Met | Answered]) -> str:
    """Return in which turns the leader went on with what came out, and in which not, as a sentence or two; or ''."""
    engaged, bypassed = ([one.turn for one in met if one.engaged is so] for so in (True, False))
    said = [f"You went on with what was said in {turns_listed(engaged)}."] if engaged else []
    return " ".join([*said, *([f"You went past what was said in {turns_listed(bypassed)}."] if bypassed else [])])


def _again(moment: Moment, choice: Choice) -> Again:
    thought = moment.thought if choice.thoughts else ""
    return Again(moment.letter, moment.turn, moment.words, moment.line, moment.what, thought, moment.alternatives)


def _level(one: Behaviour, found: Debrief, levels: Sequence[str], choice: Choice) -> Level:
    given = found.overruled.get(one.id) if choice.notes else None
    coach = "" if given is None else "Not shown" if given < 0 else levels[given]
    return Level(one.name, one.level or one.status.capitalize(), one.score, one.quote, one.turn, one.note, coach)


def _rows(mine: TheoryMap, his: TheoryMap) -> tuple[MapRow, ...]:
    parts = ("Beliefs", "Actions", "Consequences")
    columns = ((mine.beliefs, his.beliefs), (mine.actions, his.actions), (mine.consequences, his.consequences))
    return tuple(
        MapRow(part, _entries(left), _entries(right)) for part, (left, right) in zip(parts, columns, strict=True)
    )


def _entries(items: Sequence[MapItem]) -> tuple[Entry, ...]:
    """Return what was heard first, then what never came out."""
    return tuple(Entry(one.text, one.how, one.hidden) for one in sorted(items, key=lambda one: one.hidden))


def _pictures(found: Debrief, person: Person, played: Sequence[int]) -> tuple[Picture, ...]:
    if not played:
        return ()
    marks = [Mark(*mark) for mark in found.marks]
    turns = [0, *played]
    letters = " ".join(f"{mark.letter}: {mark.label}, turn {mark.turn}." for mark in marks)
    state = Picture(
        f"How it went for {person.name}, turn by turn",
        for_print(str(state_plot(found.series, turns, marks, person.name, wide=True)), larger=PRINTED_LARGER),
        f"Line plot over {len(played)} turns: how far {person.name} felt understood, how defensive "
        f"{person.they} {_were(person)}, how open to trying something. The numbers follow in words.",
        f"Estimates by the program, from your words, 0 to 100. {letters} {found.words}",
    )
    return (state, *_views(found, person))


def _views(found: Debrief, person: Person) -> tuple[Picture, ...]:
    if not found.ratings:
        return ()
    said = [f"A disc for you, a diamond for {person.name}."]
    said += [_said(pair.ask, pair.his, pair.mine, person.name) for pair in found.ratings]
    drawing = for_print(str(rating_plot(found.ratings, person.name, wide=True)))
    alt = (
        f"Each rating on a line from 0 to 4: a disc for you, a diamond for {person.name}. The numbers follow in words."
    )
    return (Picture(f"Your view and {person.name}’s", drawing, alt, " ".join(said)),)


def _said(ask: str, his: int, mine: int | None, name: str) -> str:
    return f"{ask}: {name} says {his}, you {'did not say' if mine is None else f'said {mine}'}."


def _were(person: Person) -> str:
    return "were" if person.they == "they" else "was"
