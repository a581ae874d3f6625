"""What goes through his head at a turn. Shown afterwards only."""

import random
from collections.abc import Collection

from bot.colleague.memory import Memory
from bot.colleague.room import Plan
from bot.colleague.scenario import WENT_BY


def thought_at(plan: Plan, forms: Collection[str], memory: Memory, seed: int) -> str:
    """Return the private thought of this turn, or '' when none is left that fits. None is used twice.

    `forms` are those of the turn.
    """
    used = {turn.thought for turn in memory.played}
    dice = random.Random(f"{seed}:thought:{len(memory.turns) + 1}")
    for key in (*(form for form in WENT_BY if form in forms), plan.situation, plan.move):
        fit = [
            thought.think
            for thought in memory.scenario.lines.thoughts
            if thought.at == key and plan.manner in thought.manner and thought.think not in used
        ]
        if fit:
            return dice.choice(fit)
    left = [
        fact.thought for fact in memory.scenario.plot.facts if fact.id not in memory.told and fact.thought not in used
    ]
    return dice.choice(left) if left else ""
