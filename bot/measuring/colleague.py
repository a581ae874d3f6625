"""What each kind of simulated leader gets to hear, and how it ends: `alex evaluate colleague`."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from bot.colleague.levels import USUAL, at_level, level_named
from bot.colleague.loading import scenario_names
from bot.colleague.state import State
from bot.measuring.courses import Walked, draw
from bot.measuring.effects import effects_table
from bot.measuring.figures import spearman
from bot.measuring.leaders import KINDS, Kind, Leader, words_of
from bot.session import House, Rehearsal, Worder, open_house
from bot.settings import Settings

SEEDS = 20
WORTH = {
    "joint_step": 6,
    "shared_problem": 4,
    "unfinished": 2,
    "pleasant": 1,
    "stand_off": 1,
    "facade_yes": 0.5,
    "shutdown": 0,
}
"""How good an ending is for the task and the relationship together; our ranking."""
AT_STAKE = 3
"""The layer at which he says what is at stake for him."""


@dataclass(frozen=True)
class Played:
    """One conversation of a simulated leader's."""

    scenario: str
    kind: str
    seed: int
    ending: str
    deepest: int
    """The deepest layer of which he told anything; -1 for none."""
    agreed_at: int | None
    """The turn in which a step was agreed."""
    states: tuple[State, ...]
    """Before the first turn and after each."""
    twice: int
    """Lines said more than once."""
    out_of_role: int

    @property
    def worth(self) -> float:
        """Return how well it went: how it ended, and what was heard, a little."""
        return WORTH[self.ending] + max(self.deepest, 0) / 6


def play(
    house: House, scenario: str, kind: Kind, seed: int, level: str = USUAL, worder: Worder | None = None
) -> tuple[Rehearsal, Played]:
    """Play one conversation to its end. The same seed gives the same conversation. `worder` puts lines otherwise."""
    chosen = at_level(house.scenario(scenario), level_named(house.prompts, level), seed)
    rehearsal = Rehearsal(house, chosen, seed, worder=worder)
    leader = Leader(words_of(house.prompts, scenario), random.Random(f"{scenario}:{kind.name}:{seed}"))
    states, agreed_at = [rehearsal.memory.state], None
    for number in range(1, kind.turns + 1):
        over = rehearsal.memory.step == "agreed"
        rehearsal.take_turn(kind.plays(leader, rehearsal.memory))
        states.append(rehearsal.memory.state)
        if agreed_at is None and rehearsal.memory.step == "agreed":
            agreed_at = number
        if over:
            break
    memory = rehearsal.memory
    ending, lines = rehearsal.ending.id, Counter(memory.lines)
    found = (ending, memory.deepest_told(), agreed_at, tuple(states), sum(n - 1 for n in lines.values()))
    return rehearsal, Played(scenario, kind.name, seed, *found, out_of_role=len(rehearsal.steps_out))


def play_all(house: House, scenario: str, seeds: int, level: str = USUAL) -> Iterator[Played]:
    """Yield every kind of leader in a scenario, `seeds` times."""
    for kind in KINDS:
        for seed in range(seeds):
            yield play(house, scenario, kind, seed, level)[1]


def colleague_table(
    settings: Settings, scenario: str | None = None, seeds: int = SEEDS, level: str = USUAL, plot: Path | None = None
) -> str:
    """Return, for each scenario and kind of leader, what was heard and how it ended.

    `plot`: a picture of how the relationship went with each kind is written there, one a scenario.
    """
    house = open_house(settings.prompts)
    parts = []
    for name in [scenario] if scenario else scenario_names(settings.prompts):
        found = list(play_all(house, name, seeds, level))
        parts.append(f"{name}, {level}, {seeds} conversations of each kind\n{table(found)}")
        if plot is not None:
            walked = [Walked(one.kind, one.states) for one in found]
            draw(walked, f"{name}, {level}", plot if scenario else plot.with_stem(f"{plot.stem}-{name}"))
    return "\n\n".join(parts)


def table_of_effects(settings: Settings, scenario: str, seeds: int) -> str:
    """Return what each rule of the state table does over one scenario's simulated conversations."""
    house = open_house(settings.prompts)
    talks = [
        play(house, scenario, kind, seed)[0].memory.played
        for kind in KINDS
        if kind.skill is not None
        for seed in range(seeds)
    ]
    return effects_table(house.scenario(scenario), house.codebook, talks)


def table(found: Sequence[Played]) -> str:
    """Return one scenario's table."""
    lines = [f"{'kind':<15}{'skill':>6}{'layer 3':>9}{'step':>7}{'by 14':>7}{'worth':>7}{'twice':>7}   endings"]
    for kind in KINDS:
        some = [one for one in found if one.kind == kind.name]
        if not some:
            continue
        endings = Counter(one.ending for one in some).most_common()
        skill = "" if kind.skill is None else str(kind.skill)
        lines.append(
            f"{kind.name:<15}{skill:>6}{share(one.deepest >= AT_STAKE for one in some):>9.0%}"
            f"{share(one.agreed_at is not None for one in some):>7.0%}"
            f"{share(one.agreed_at is not None and one.agreed_at <= 14 for one in some):>7.0%}"
            f"{fmean(one.worth for one in some):>7.2f}{sum(one.twice for one in some):>7}   "
            + ", ".join(f"{name} {count}" for name, count in endings)
        )
    lines.append(f"Spearman of worth with skill, over kinds: {agreement(found):.2f}")
    return "\n".join(lines)


def agreement(found: Sequence[Played]) -> float:
    """Return Spearman's correlation of the kinds' skill with how well their conversations went."""
    ranked = [
        (kind.skill, fmean(one.worth for one in found if one.kind == kind.name))
        for kind in KINDS
        if kind.skill is not None
    ]
    return spearman([float(skill) for skill, _ in ranked], [worth for _, worth in ranked])


def share(tests: Iterable[bool]) -> float:
    """Return the share that is so."""
    return fmean(float(one) for one in tests)
