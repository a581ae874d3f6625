"""What the last turn did: at most two labels, the leader's words, one sentence on the effect."""

from dataclasses import dataclass

from bot.coach.words import CoachWords, choose, fill, person_slots, quoted, what_he_said
from bot.colleague.memory import Memory
from bot.colleague.scenario import Person
from bot.colleague.state import Act, State
from bot.colleague.turn import Turn

MOST_CHIPS = 2
NOTEWORTHY = (
    "ultimatum",
    "jibe",
    "passing_over",
    "distorted",
    "dodges",
    "past_hint",
    "left_offer",
    "left_cost",
    "left_reason",
    "stacked",
    "pressed",
    "before_cause",
    "defends",
    "certain",
    "borrowed",
    "empty",
    "repeated",
    "invites_criticism",
    "confirmed",
    "owns_error",
    "meets_condition",
    "evidence",
    "picks_up_words",
    "dated",
    "with_grounds",
    "partly",
    "unfounded",
)
"""Forms in the order in which they say more than the bare move."""


@dataclass(frozen=True)
class Chip:
    """A label; `watch` marks what tends to close the door."""

    says: str
    watch: bool


@dataclass(frozen=True)
class Observation:
    """What a turn did, with the leader's words as evidence: `quote` is verbatim, or '' when nothing was said.

    `asks` is the coach's question where the reader is not sure of a sentence; '' where it is.
    """

    chips: tuple[Chip, ...]
    quote: str
    effect: str
    asks: str = ""


def observe(turn: Turn, before: Memory, words: CoachWords, seed: int) -> Observation | None:
    """Return the observation of a turn played after `before`, or None out of role."""
    if turn.out_of_role:
        return None
    slots = person_slots(before.scenario.colleague)
    asks = _question(turn, words, slots, seed)
    acts = sorted((act for act in turn.acts if act.segment.sure), key=_weight)[:MOST_CHIPS]
    chips = _chips(turn, acts, words, slots)
    after = Memory(before.scenario, before.opening, (*before.turns, turn))
    slots |= what_he_said(after)
    if acts:
        slots["quote"] = quoted(acts[0].segment.text)
    effect = choose(words.effects[effect_of_turn(turn, before)], slots, f"{seed}:effect:{turn.number}")
    return Observation(chips, acts[0].segment.text if acts else "", effect, asks)


def kinds(words: CoachWords, person: Person) -> dict[str, str]:
    """Return each move as the page names it."""
    slots = person_slots(person)
    return {move: fill(kind, slots) for move, kind in words.kinds.items()}


def _question(turn: Turn, words: CoachWords, slots: dict[str, str], seed: int) -> str:
    """Return what the coach asks of the first sentence that could be read two ways, or ''."""
    act = next((act for act in turn.acts if not act.segment.sure and act.segment.second), None)
    if act is None:
        return ""
    this, that = (fill(words.kinds[move], slots) for move in (act.segment.move, act.segment.second))
    both = slots | {"quote": quoted(act.segment.text), "this": this, "that": that}
    return choose(words.unsure, both, f"{seed}:unsure:{turn.number}")


def _weight(act: Act) -> int:
    """Return how telling an act is, least first: forms, then watch moves, then the rest."""
    placed = [NOTEWORTHY.index(form) for form in act.forms if form in NOTEWORTHY]
    plain = {"acknowledgement": 40, "framing": 41, "social": 42, "off_task": 43}
    return min(placed, default=plain.get(act.segment.move, 20))


def _chips(turn: Turn, acts: list[Act], words: CoachWords, slots: dict[str, str]) -> tuple[Chip, ...]:
    names = [form for form in turn.turn_forms if form in words.chips]
    for act in acts:
        named = [form for form in NOTEWORTHY if form in act.forms and form in words.chips]
        names += named[:1] or [act.segment.move]
    chips = []
    for name in dict.fromkeys(names):
        if (label := words.chips.get(name)) is not None:
            chips.append(Chip(fill(label.says, slots), label.watch))
    return tuple(chips[:MOST_CHIPS])


def effect_of_turn(turn: Turn, before: Memory) -> str:
    """Return the name of what the turn did to him: a key of `effects` in coach.yaml."""
    if turn.told:
        return _told(before.scenario.facts[turn.told[-1].fact].layer, turn, before)
    if turn.step in {"agreed", "facade"}:
        return {"agreed": "real_yes", "facade": "facade_yes"}[turn.step]
    if turn.situation in BY_SITUATION:
        return BY_SITUATION[turn.situation]
    if "stacked" in turn.turn_forms:
        return "answered_easiest"
    return _by_change(turn.state, before.state, turn)


def _told(layer: int, turn: Turn, before: Memory) -> str:
    if turn.told[-1].fact == before.scenario.plot.step.condition:
        return "told_condition"
    names = {
        0: "played_down",
        1: "told_action",
        2: "told_belief",
        3: "told_stake",
        4: "told_valid_point",
        5: "told_doubt",
    }
    return names.get(layer, "told_trial")


def _by_change(after: State, before: State, turn: Turn) -> str:
    if after.defensiveness - before.defensiveness >= 5 or turn.manner == "high":
        return "short_and_procedural"
    return "answered" if turn.situation == "answer" else "unmoved"


BY_SITUATION = {
    "confirm": "confirmed_only",
    "confirm_feeling": "confirmed_only",
    "correct": "corrected",
    "partly": "partly",
    "next_step_guarded": "guarded_no",
    "pressed": "guarded_no",
    "apology": "took_apology",
    "apology_cool": "took_apology",
    "concern": "resisted_concern",
    "concern_grounded": "took_concern",
    "observation": "took_concern",
    "softening": "waved_off",
    "frozen": "gave_nothing",
    "silence_high": "gave_nothing",
    "silence_middle": "gave_nothing",
    "silence_low": "gave_nothing",
    "greeting": "small_talk",
    "small_talk": "small_talk",
    "thanks": "small_talk",
    "off_task": "odd",
    "off_task_third": "odd",
    "stage_direction": "odd",
    "other_language": "odd",
    "appreciation": "waved_off",
    "leading": "waved_off",
    "suggestion_early": "waved_off",
    "directive": "short_and_procedural",
    "ultimatum": "short_and_procedural",
    "accusing": "short_and_procedural",
    "judgement": "short_and_procedural",
}
