"""The relationship as seven numbers, and how one turn changes them."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields

from bot.listen.codebook import Codebook, Effect, holds
from bot.listen.reading import Segment


@dataclass(frozen=True)
class Act:
    """A segment in its conversation: what it does there, beyond its move.

    `forms` are names from the codebook's list, sorted. `fact` is the fact a paraphrase gives back, where it does.
    """

    segment: Segment
    forms: tuple[str, ...] = ()
    fact: str | None = None


@dataclass(frozen=True)
class State:
    """How it stands between the two, each value 0 to 100.

    `insight`: he sees his own reasoning. `ownership`: of the problem. `openness`: to try something.
    `facade`: readiness to say yes and do nothing.
    """

    safety: float
    defensiveness: float
    understood: float
    insight: float
    ownership: float
    openness: float
    facade: float

    def as_numbers(self) -> dict[str, float]:
        """Return the values by name, to one decimal."""
        return {name: round(value, 1) for name, value in asdict(self).items()}


NAMES = tuple(field.name for field in fields(State))


def advance(
    state: State, acts: Iterable[Act], turn_forms: Iterable[str], codebook: Codebook, own: Iterable[Effect] = ()
) -> State:
    """Return the state after a turn. Pure: replaying the acts of a session gives the same states.

    `own` are the scenario's rules, tried before the codebook's. Conditions of a rule are read from the state before
    the turn. No value moves by more than the codebook's `most_in_a_turn`.
    """
    acts, rules = tuple(acts), (*own, *codebook.effects)
    change = dict.fromkeys(NAMES, 0.0)
    for act in acts:
        effect = effect_of(act, state, rules)
        weight = 1.0 if act.segment.sure else codebook.unsure_counts
        _add(change, effect.change if effect else {}, weight)
    turn_forms = set(turn_forms)
    for extra in codebook.turn_effects:
        if extra.form in turn_forms:
            _add(change, extra.change, 1.0)
    if not any(codebook.moves[act.segment.move].watch for act in acts):
        _add(change, codebook.settling, 1.0)
    most = codebook.most_in_a_turn
    moved = {name: _within(getattr(state, name) + max(-most, min(most, change[name])), 0.0, 100.0) for name in NAMES}
    ceiling = min(moved["understood"], moved["ownership"], moved["insight"]) + codebook.openness_above
    moved["openness"] = min(moved["openness"], max(ceiling, 0.0))
    return State(**moved)


def effect_of(act: Act, state: State, rules: Iterable[Effect]) -> Effect | None:
    """Return the first rule that fits, or None."""
    for rule in rules:
        if rule.move != act.segment.move or (rule.focus and act.segment.focus not in rule.focus):
            continue
        if not set(rule.form) <= set(act.forms):
            continue
        if all(holds(condition, getattr(state, name)) for name, condition in rule.state.items()):
            return rule
    return None


def _add(change: dict[str, float], points: Mapping[str, float], weight: float) -> None:
    for name, value in points.items():
        change[name] += value * weight


def _within(value: float, low: float, high: float) -> float:
    return max(low, min(high, value))
