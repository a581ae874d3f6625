"""Numbers and turns as people say them: what the page, the terminal and an export all print of a debrief."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.coach.debrief import Talk
    from bot.coach.ledger import Sold

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def in_words(number: int) -> str:
    """Return a small number as a word."""
    return NUMBERS[number] if 0 <= number < len(NUMBERS) else str(number)


def turns_listed(turns: Sequence[int]) -> str:
    """Return turns as a phrase, each once: turn 2; turns 2, 4 and 5."""
    where = [str(turn) for turn in dict.fromkeys(turns)]
    listed = where[0] if len(where) == 1 else f"{', '.join(where[:-1])} and {where[-1]}"
    return f"{'turn' if len(where) == 1 else 'turns'} {listed}"


def sold_words(sold: "Sold") -> str:
    """Return the acts of pressing and of hinting as a sentence each, with their turns."""
    pressed = _acts("Pressing (orders, verdicts, accusing questions, pushing for a yes)", sold.hard)
    hinted = _acts("Hinting (leading questions, praise with nothing in it, making it small)", sold.soft)
    return f"{pressed} {hinted}"


def talk_words(talk: "Talk", name: str) -> str:
    """Return who spoke how much, and how many questions were among it; `name` is the other's."""
    return (
        f"You said {talk.leader_words} words and {name} {talk.his_words}. "
        f"{talk.questions} of your sentences were questions, {talk.statements} were statements."
    )


def _acts(what: str, turns: Sequence[int]) -> str:
    if not turns:
        return f"{what}: never."
    times = {1: "once", 2: "twice"}.get(len(turns), f"{in_words(len(turns))} times")
    return f"{what}: {times}, in {turns_listed(turns)}."
