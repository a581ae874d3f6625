"""What one line is worded from. What has not come out is not here: for the model it does not exist."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bot.colleague.memory import Memory
from bot.colleague.room import Plan
from bot.colleague.scenario import Scenario
from bot.colleague.turn import AUTHORED
from bot.colleague.voice import Spoken
from bot.model.names import Names

TURNS_SHOWN = 3
WORDS_SHOWN = 250
"""Of one turn of the leader's, in words. Long enough for a long speech."""

MANNERS = {
    "low": "at ease: gives his reasons aloud, may leave a thought open",
    "middle": "on guard: plays things down, argues from results, points sideways",
    "high": "shut: quiet and procedural, one short sentence",
}
STEPS = {
    "": "Agrees to nothing, offers nothing, names no day.",
    "facade": "Says a quick, broad yes and means to change nothing. Names no day, no lesson, no detail.",
    "bargain": "Is still bargaining. Nothing is settled; promises no more than the written line does.",
    "agreed": "Says a small, real yes, to no more than the written line does.",
}
SITUATIONS = {
    "answer": "answers the question",
    "asked_again": "has been asked this before, and notices",
    "asked_third": "has been asked this twice before, and says so",
    "confirm": "has been given back what was meant, and confirms it",
    "confirm_feeling": "has had a feeling noticed, and lets it stand",
    "correct": "has been given back wrongly, and corrects the word",
    "partly": "has been given back half right",
    "unclear_paraphrase": "does not recognise what is being given back",
    "criticism": "was asked what the leader's own side got wrong, and says it",
    "invited_criticism_guarded": "was asked what the leader's own side got wrong, and is not ready to say",
    "doubt": "says what is less certain than it seemed",
    "test_open": "was offered a way to find out together, and is curious",
    "test_guarded": "was offered a way to find out together, and is wary of it",
    "next_step_guarded": "was asked for a next step, and is not there yet",
    "next_step_facade": "was asked for a next step, and says yes to end the meeting",
    "next_step_bargain": "was asked for a next step, and bargains",
    "next_step_detail": "settles a detail of the next step",
    "next_step_yes": "says yes to the next step",
    "pressed": "is being pressed for a yes",
    "outside": "was asked something that is not for this person to answer",
    "unknown": "was asked something, and does not know",
    "frozen": "has been threatened, and tells nothing new",
    "stacked": "was asked several things at once, and takes the easiest",
}
"""Situations whose name does not say enough; the others are shown by name."""

SAMPLE: Mapping[str, Any] = {
    "name": "Alex",
    "brief": ("You asked for ten minutes.",),
    "told": ("It was last year's sheet.",),
    "telling": ("Every child finished.",),
    "line": "They all finished.",
    "situation": "answers the question",
    "manner": MANNERS["low"],
    "step": STEPS[""],
    "turns": ("Leader: Hello.", "Alex: Hello."),
    "words": "How did it go?",
    "mood": "Feels safe enough.",
    "reason": "",
}
"""Every input of word_line.md, with a value to try it on."""


@dataclass(frozen=True)
class Moment:
    """One line about to be spoken: the plan, the leader's words, what went before, and the written line."""

    plan: Plan
    words: str
    memory: Memory
    spoken: Spoken

    @property
    def scenario(self) -> Scenario:
        """Return the scenario played."""
        return self.memory.scenario

    @cached_property
    def telling(self) -> tuple[str, ...]:
        """Return the facts that this line tells."""
        return tuple(told.fact for told in self.spoken.told)

    @cached_property
    def hidden(self) -> tuple[str, ...]:
        """Return the facts that have not come out and do not come out now, unlocked or not; layer 0 is never hidden."""
        out = {*self.memory.told, *self.telling}
        return tuple(name for name, fact in self.scenario.facts.items() if fact.layer and name not in out)

    @property
    def heard(self) -> tuple[str, ...]:
        """Return what the leader has said, this time included: where a real name can be."""
        return (*(turn.words for turn in self.memory.played), self.words)

    @cached_property
    def authored(self) -> tuple[str, ...]:
        """Return what the scenario's author wrote of it and both know: no name in it is a real person's."""
        telling = [self.scenario.facts[name].known_as for name in self.telling]
        return (*authored_of(self.memory), *telling, self.spoken.line)

    @cached_property
    def in_the_open(self) -> tuple[str, ...]:
        """Return every text that both have heard or know, the line to be worded included."""
        brief, facts = self.scenario.plot.brief, self.scenario.facts
        out = [facts[name].known_as for name in (*self.memory.told, *self.telling)]
        heard = [turn.words for turn in self.memory.played]
        return (*brief.situation, *brief.you_know, *out, *heard, *self.memory.lines, self.words, self.spoken.line)


def shown(moment: Moment, names: Names, reason: str = "") -> dict[str, Any]:
    """Return the inputs of word_line.md, names replaced. `reason`: why an attempt before this one could not be used."""
    facts, plot, memory = moment.scenario.facts, moment.scenario.plot, moment.memory
    known = {
        "brief": (*plot.brief.situation, *plot.brief.you_know),
        "told": tuple(facts[name].known_as for name in memory.told),
        "telling": tuple(facts[name].known_as for name in moment.telling),
        "turns": turns_of(moment.memory),
    }
    return {name: tuple(map(names.hide, texts)) for name, texts in known.items()} | {
        "name": plot.colleague.name,
        "line": names.hide(moment.spoken.line),
        "situation": SITUATIONS.get(moment.plan.situation, moment.plan.situation.replace("_", " ")),
        "manner": MANNERS[moment.plan.manner],
        "step": STEPS[moment.plan.step],
        "words": names.hide(short(moment.words)),
        "mood": _mood(moment),
        "reason": reason,
    }


def authored_of(memory: Memory) -> tuple[str, ...]:
    """Return what the author wrote of a conversation and both know by now."""
    plot, facts = memory.scenario.plot, memory.scenario.facts
    told = [facts[name].known_as for name in memory.told]
    written = [turn.line for turn in memory.played if turn.voice == AUTHORED]
    return (*plot.brief.situation, *plot.brief.you_know, *told, plot.title, plot.place, memory.opening, *written)


def turns_of(memory: Memory) -> tuple[str, ...]:
    """Return the last turns as they are shown to a model, the opening first where nothing has gone before."""
    name = memory.scenario.colleague.name
    recent = memory.played[-TURNS_SHOWN:]
    spoken = [f"{name}: {memory.opening}"] if len(recent) == len(memory.played) else []
    for turn in recent:
        spoken += [f"Leader: {short(turn.words)}", f"{name}: {turn.line}"]
    return tuple(spoken)


def short(words: str) -> str:
    """Return the words on one line, so that nothing typed can pass for a part of the prompt."""
    kept = words.split()
    return " ".join(kept[:WORDS_SHOWN]) + (" …" if len(kept) > WORDS_SHOWN else "")


def _mood(moment: Moment) -> str:
    """Return the relationship before this turn, in words."""
    state = moment.memory.state
    safe = _graded(state.safety, "Does not feel safe", "Feels safe up to a point", "Feels safe")
    understood = _graded(state.understood, "hardly understood", "partly understood", "understood")
    openness = _graded(state.openness, "not open to trying anything", "a little open", "open to trying something small")
    return f"{safe}, {understood}, {openness}."


def _graded(value: float, low: str, middle: str, high: str) -> str:
    return low if value < 35 else middle if value < 60 else high
