"""Replaying a kept session: the same acts must give the same states."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from bot.colleague.state import State, advance
from bot.record.kept import Kept

if TYPE_CHECKING:
    from bot.listen.codebook import Codebook, Effect


def replay(kept: Kept, start_state: State, codebook: "Codebook", own_effects: "Iterable[Effect]" = ()) -> list[State]:
    """Return the state after each turn, worked out anew from the acts alone.

    Of the same length as `kept.turns`. A turn in which the program spoke instead of him leaves the state as it was.
    """
    own_effects, state, states = tuple(own_effects), start_state, []
    for turn in (one.turn for one in kept.turns):
        if not turn.out_of_role:
            state = advance(state, turn.acts, turn.turn_forms, codebook, own_effects)
        states.append(state)
    return states


def replays_exactly(kept: Kept, start_state: State, codebook: "Codebook", own_effects: "Iterable[Effect]" = ()) -> bool:
    """Return whether the states worked out anew equal the ones kept, to the last bit."""
    return replay(kept, start_state, codebook, own_effects) == [one.turn.state for one in kept.turns]
