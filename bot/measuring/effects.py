"""What each number of the state table does: the same conversations again, with one rule left out at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from bot.colleague.scenario import Scenario
from bot.colleague.state import State, advance, effect_of
from bot.colleague.turn import Turn
from bot.listen.codebook import Codebook, Effect, TurnEffect

SHOWN = ("safety", "defensiveness", "understood", "insight", "ownership", "openness", "facade")
Talk = tuple[Turn, ...]


@dataclass(frozen=True)
class Weight:
    """What one rule did: how often it was used, and how the last state would differ without it, by value."""

    rule: str
    used: int
    moved: dict[str, float]

    @property
    def size(self) -> float:
        """Return how much it moved altogether (points)."""
        return sum(abs(one) for one in self.moved.values())


def weights_of(scenario: Scenario, codebook: Codebook, talks: Sequence[Talk]) -> list[Weight]:
    """Return the weight of every rule over some conversations, the heaviest first."""
    whole = [_last_state(scenario, codebook, talk) for talk in talks]
    found = []
    for rule in codebook.effects:
        without = codebook.model_copy(update={"effects": [_emptied(one, rule) for one in codebook.effects]})
        found.append(_weight(_named(rule), _uses(scenario, codebook, talks, rule), whole, scenario, without, talks))
    for extra in codebook.turn_effects:
        without = codebook.model_copy(
            update={"turn_effects": [one for one in codebook.turn_effects if one is not extra]}
        )
        used = sum(extra.form in turn.turn_forms for talk in talks for turn in talk)
        found.append(_weight(_turn_named(extra), used, whole, scenario, without, talks))
    still = codebook.model_copy(update={"settling": {}})
    found.append(_weight("(settling)", sum(map(len, talks)), whole, scenario, still, talks))
    return sorted(found, key=lambda one: -one.size)


def effects_table(scenario: Scenario, codebook: Codebook, talks: Sequence[Talk]) -> str:
    """Return the weights as text."""
    lines = [f"{'rule':<62}{'used':>6}" + "".join(f"{name[:8]:>10}" for name in SHOWN)]
    for one in weights_of(scenario, codebook, talks):
        lines.append(f"{one.rule:<62}{one.used:>6}" + "".join(f"{one.moved[name]:>+10.1f}" for name in SHOWN))
    return "\n".join(lines)


def _weight(
    name: str, used: int, whole: Sequence[State], scenario: Scenario, without: Codebook, talks: Sequence[Talk]
) -> Weight:
    ends = [_last_state(scenario, without, talk) for talk in talks] if used else whole
    moved = {
        value: fmean(getattr(one, value) - getattr(other, value) for one, other in zip(whole, ends, strict=True))
        for value in SHOWN
    }
    return Weight(name, used, moved)


def _last_state(scenario: Scenario, codebook: Codebook, talk: Talk) -> State:
    state = scenario.start
    for turn in talk:
        state = advance(state, turn.acts, turn.turn_forms, codebook, scenario.plot.effects)
    return state


def _uses(scenario: Scenario, codebook: Codebook, talks: Sequence[Talk], rule: Effect) -> int:
    rules, count = (*scenario.plot.effects, *codebook.effects), 0
    for talk in talks:
        state = scenario.start
        for turn in talk:
            count += sum(effect_of(act, state, rules) is rule for act in turn.acts)
            state = advance(state, turn.acts, turn.turn_forms, codebook, scenario.plot.effects)
    return count


def _emptied(rule: Effect, chosen: Effect) -> Effect:
    """Return the rule with nothing in it where it is the chosen one: the rules below it must not take its place."""
    return rule.model_copy(update={"change": {}}) if rule is chosen else rule


def _named(rule: Effect) -> str:
    conditions = [f"{name} {condition}" for name, condition in rule.state.items()]
    return " ".join(
        (rule.move, *(f"/{focus}" for focus in rule.focus), *(f"+{form}" for form in rule.form), *conditions)
    )


def _turn_named(extra: TurnEffect) -> str:
    return f"(turn) {extra.form}"
