"""The authored voice: a line from a plan, out of what the scenario's author wrote."""

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from bot.colleague.cues import CueFile
from bot.colleague.memory import Memory
from bot.colleague.room import Plan
from bot.colleague.scenario import SpokenLine
from bot.colleague.turn import Told
from bot.colleague.understanding import Understanding
from bot.listen.encoder import Vectors

QUESTION_BACK_EVERY = 3
"""He asks back in one turn of three, and never twice running (VOICE 3)."""
REACTION_SHARE = 0.18
"""Share of the lines short enough for it that begin with a reaction."""
LEADER_WORD_EVERY = 6
"""Turns between two that take up a loaded word of the leader's (VOICE 3)."""
ANSWERED_AS_WELL, TOLD_AS_WELL = 0.025, 0.06
"""How much less well a line may answer than the best and still be said, as a share of the best: an answer, and a fact,
which is told in turn in all its wordings. Wide enough that a second rehearsal is not the first again."""
TOLD_RATHER = 0.05
"""How much less well a line that tells something new may answer the question than one that does not."""
LONGEST_WITH_REACTION = 16
LONGEST_WITH_QUESTION = 20
LONGEST_WITH_MORE = 30
"""Words."""
MANNER_NEXT = {"low": ("low", "middle"), "middle": ("middle", "low"), "high": ("high",)}
"""Whose lines he may borrow when his own manner has none left; never softer than he is when it is high."""


@dataclass(frozen=True)
class Spoken:
    """A line, the authored parts it is made of, and the facts it told."""

    line: str
    said: tuple[str, ...]
    told: tuple[Told, ...] = ()


class Voice:
    """Speak from the scenario's lines. The same plan, memory and seed give the same line."""

    def __init__(self, understanding: Understanding, marks: CueFile, seed: int) -> None:
        self._understanding = understanding
        self._marks = marks
        self._seed = seed

    def open(self, memory: Memory) -> str:
        """Return his first line."""
        return random.Random(f"{self._seed}:opening").choice(memory.scenario.lines.openings).say

    def speak(self, plan: Plan, words: str, memory: Memory) -> Spoken:
        """Return what he says to `words`."""
        pick = _Pick(self, plan, words, memory, random.Random(f"{self._seed}:{len(memory.turns) + 1}"))
        return pick.compose()

    def fit(self, words: str, lines: Sequence[SpokenLine]) -> Vectors:
        """Return how well each line answers the words, on a scale of its own."""
        return self._understanding.fit(words, [line.say for line in lines])

    def fitting(self, words: str, lines: Sequence[SpokenLine], margin: float) -> list[SpokenLine]:
        """Return the lines that answer the leader's words best, or by a share of `margin` less well."""
        closeness = self.fit(words, lines)
        best = float(closeness.max())
        return [lines[int(at)] for at in np.flatnonzero(closeness >= best - margin * max(best, 1.0))]

    def loaded_word(self, words: str) -> str:
        """Return the last loaded word of the leader's, as said, or ''."""
        found = [word for word in re.findall(r"[A-Za-z]+", words) if word.lower() in self._marks.loaded_words]
        return found[-1].capitalize() if found else ""


class _Pick:
    """One choice of words. Lives for one line."""

    def __init__(self, voice: Voice, plan: Plan, words: str, memory: Memory, dice: random.Random) -> None:
        self._voice, self._plan, self._words, self._memory, self._dice = voice, plan, words, memory, dice
        self._lines = memory.scenario.lines
        self._used = set(memory.said)

    def compose(self) -> Spoken:
        opener = self._opener()
        if opener is not None:
            self._used.add(opener.say)
        content, told = self._content()
        if opener is not None and not told and self._plan.situation in RECEIVED and not self._puts_it_better(content):
            content = None  # he has said how right it is, and has nothing to add
        if content is None:
            return self._finish([opener or self._last_resort()], ())
        parts = [opener] if opener else []
        if not parts and self._may_react(content):
            parts += self._reaction()
        parts.append(content)
        if not told and (more := self._goes_on(content)) is not None:
            parts.append(more)
            told = (Told(more.fact or "", self._plan.elicited),)
        elif self._may_ask(content):
            parts += self._question_back(told)
        return self._finish(parts, told)

    # Content ------------------------------------------------------------------------------------------------------

    def _content(self) -> tuple[SpokenLine | None, tuple[Told, ...]]:
        for fact in self._plan.may_tell:
            if (line := self._telling(fact)) is not None and self._speaks_to_it(line):
                return line, (Told(fact, self._plan.elicited),)
        if (put_right := self._put_right() or self._put_better()) is not None:
            return put_right, ()
        line = self._condition_again() or (self._from_topic() if self._plan.topic else None)
        if line is None or self._plan.situation == "asked_again":
            line = self._from_situation() or line
        return line, self._told_by(line)

    def _telling(self, fact: str, *, unasked: bool = False) -> SpokenLine | None:
        """Return a line that tells `fact`: from the topic asked about, or from anywhere once the plan is to tell it.

        Where nothing was asked that it could answer, it must stand by itself.
        """
        plan = self._plan
        if plan.topic:
            lines = self._lines.by_topic[plan.topic].lines
        elif plan.situation in self._lines.by_situation:
            lines = [*self._lines.by_situation[plan.situation], *self._everywhere()]
        else:
            lines = self._everywhere()
        if plan.situation not in TELLING and not self._offers_now():
            return None
        alone = unasked or not plan.topic
        fit = [line for line in lines if line.fact == fact and not (alone and line.reply)]
        return self._best(fit, TOLD_AS_WELL)

    def _speaks_to_it(self, line: SpokenLine) -> bool:
        """Return whether a line that tells something new answers the question nearly as well as one that does not."""
        if not (self._plan.topic and self._plan.question):
            return True
        other = self._from_topic()
        if other is None:
            return True
        new, old = self._voice.fit(self._plan.question, [line, other])
        return bool(new >= old - TOLD_RATHER)

    def _goes_on(self, answer: SpokenLine) -> SpokenLine | None:
        """Return what he tells after his answer: something behind it, once they are talking and he is not on guard."""
        plan = self._plan
        if plan.situation != "answer" or plan.manner == "high" or not self._memory.played or not plan.topic:
            return None
        found = (self._telling(fact, unasked=True) for fact in plan.may_tell)
        words = len(answer.say.split())
        return next((one for one in found if one and words + len(one.say.split()) <= LONGEST_WITH_MORE), None)

    def _put_right(self) -> SpokenLine | None:
        """Return his correction of a twisted paraphrase, where the fact that was twisted has come out."""
        fact = self._plan.fact
        if self._plan.situation != "correct" or fact not in self._memory.told:
            return None
        line = SpokenLine(say=self._memory.scenario.facts[fact].replaced)
        return line if self._allowed(line) else None

    def _put_better(self) -> SpokenLine | None:
        """Return what he told once more in other words, where it was given back half right."""
        fact = self._plan.fact
        if self._plan.situation != "partly" or fact not in self._memory.told:
            return None
        return self._best([line for line in self._everywhere() if line.fact == fact])

    def _puts_it_better(self, line: SpokenLine | None) -> bool:
        return line is not None and self._plan.situation == "partly" and line.fact == self._plan.fact

    def _condition_again(self) -> SpokenLine | None:
        """Return his condition in other words, while it is what stands between him and a step."""
        if self._plan.step != "bargain" or not self._plan.topic:
            return None
        condition = self._memory.scenario.plot.step.condition
        lines = [*self._lines.by_situation[self._plan.situation], *self._everywhere()]
        return self._best([line for line in lines if line.fact == condition])

    def _offers_now(self) -> bool:
        return self._dice.random() < OFFER_SHARE

    def _everywhere(self) -> list[SpokenLine]:
        return [line for topic in self._lines.topics for line in topic.lines]

    def _from_topic(self) -> SpokenLine | None:
        """Return a line on the topic that tells nothing new."""
        lines = self._lines.by_topic[self._plan.topic or ""].lines
        return self._best([line for line in lines if self._old_news(line)])

    def _from_situation(self) -> SpokenLine | None:
        wanted = SPOKEN_AS.get(self._plan.situation, self._plan.situation)
        for name in (wanted, *INSTEAD.get(wanted, ()), "beat"):
            lines = [line for line in self._lines.by_situation.get(name, []) if self._old_news(line)]
            if (line := self._best(self._matching(lines))) is not None:
                return line
        return None

    def _matching(self, lines: list[SpokenLine]) -> list[SpokenLine]:
        """Return the lines made for the form of the question or a word in it, where there are any; else all others."""
        words = set(re.findall(r"[a-z']+", self._words.lower().replace("’", "'")))
        fitting = [
            line
            for line in lines
            if (line.asked == self._plan.asked if line.asked else bool(words & set(line.match))) and self._allowed(line)
        ]
        return fitting or [line for line in lines if not line.match and not line.asked]

    def _old_news(self, line: SpokenLine) -> bool:
        """Return whether the line tells nothing that he has not told, the free layer 0 aside."""
        return line.fact is None or line.fact in self._memory.told or self._memory.scenario.facts[line.fact].layer == 0

    def _told_by(self, line: SpokenLine | None) -> tuple[Told, ...]:
        if line is None or line.fact is None or line.fact in self._memory.told:
            return ()
        return (Told(line.fact, self._plan.elicited),)

    def _best(self, lines: list[SpokenLine], margin: float = ANSWERED_AS_WELL) -> SpokenLine | None:
        """Return an unused line in his manner, one of those that answer the leader's words best (within `margin`)."""
        for manner in MANNER_NEXT[self._plan.manner]:
            fit = [line for line in lines if manner in line.manner and self._allowed(line)]
            if fit:
                words = self._plan.question or self._words
                return self._dice.choice(self._voice.fitting(words, fit, margin) if words.strip() else fit)
        return None

    def _allowed(self, line: SpokenLine) -> bool:
        if line.say in self._used or (line.after and self._plan.move not in line.after):
            return False
        told = self._memory.told
        return all(fact in told for fact in line.needs) and not any(fact in told for fact in line.until)

    # Around the content -------------------------------------------------------------------------------------------

    def _opener(self) -> SpokenLine | None:
        name = self._plan.opener or (self._plan.situation if self._plan.situation in RECEIVED else "")
        if not name:
            return None
        if name == "correct" and self._plan.fact:
            return None
        if self._plan.opener in RARELY and self._took_in_lately():
            return None
        lines = self._matching([line for line in self._lines.by_situation[name] if self._old_news(line)])
        return self._best(lines)

    def _took_in_lately(self) -> bool:
        """Return whether one of the last turns began by taking in what was said."""
        lines = {line.say for name in RARELY for line in self._lines.by_situation[name]}
        return any(part in lines for turn in self._memory.played[-RESTS:] for part in turn.said)

    def _may_react(self, content: SpokenLine) -> bool:
        short = len(content.say.split()) <= LONGEST_WITH_REACTION
        return (
            short and self._plan.situation in {"answer", "criticism", "doubt"} and self._dice.random() < REACTION_SHARE
        )

    def _reaction(self) -> list[SpokenLine]:
        fit = [line for line in self._lines.reactions if self._plan.manner in line.manner and self._allowed(line)]
        return [self._dice.choice(fit)] if fit else []

    def _may_ask(self, content: SpokenLine) -> bool:
        turns = self._memory.played
        if self._plan.manner == "high" or content.say.endswith("?") or len(content.say.split()) > LONGEST_WITH_QUESTION:
            return False
        if self._plan.situation not in ASKS_BACK or not turns or turns[-1].line.endswith("?"):
            return False
        return self._dice.random() < 1 / QUESTION_BACK_EVERY

    def _question_back(self, told: tuple[Told, ...]) -> list[SpokenLine]:
        """Return a question on what he has answered; one that goes with anything only where he has told something."""
        if (taken_up := self._taken_up()) is not None:
            return [taken_up]
        topic, manner = self._plan.topic, self._plan.manner
        fit = [line for line in self._lines.questions_back if manner in line.manner and self._allowed(line)]
        on_topic = [line for line in fit if line.topic == topic and topic]
        general = [line for line in fit if line.topic is None and line.after]
        choice = on_topic or (general if told else [])
        return [self._dice.choice(choice)] if choice else []

    def _taken_up(self) -> SpokenLine | None:
        word = self._voice.loaded_word(self._words) if self._plan.situation in TAKES_UP_WORDS else ""
        recent = [part for turn in self._memory.played[-LEADER_WORD_EVERY:] for part in turn.said]
        if not word or any(part.startswith("'") for part in recent):
            return None
        slots = [line for line in self._lines.by_situation["leader_word"] if "{word}" in line.say]
        fit = [
            line
            for line in slots
            if self._plan.manner in line.manner and line.say.replace("{word}", word) not in self._used
        ]
        if not fit:
            return None
        chosen = self._dice.choice(fit)
        return chosen.model_copy(update={"say": chosen.say.replace("{word}", word)})

    def _last_resort(self) -> SpokenLine:
        """Return something unsaid when all that fits has been said: two short parts he has not joined before."""
        short = [*self._lines.reactions, *self._lines.by_situation["beat"]]
        fit = [
            line
            for line in short
            if self._plan.manner in line.manner and self._plan.move in (line.after or [self._plan.move])
        ]
        said = set(self._memory.lines)
        for pool in (fit, [line for line in short if not line.after], short):
            pairs = [f"{one.say} {two.say}" for one in pool for two in pool if one != two]
            if fresh := [pair for pair in pairs if pair not in said]:
                return SpokenLine(say=self._dice.choice(fresh))
        raise ValueError("a conversation has outlasted everything he could say")

    def _finish(self, parts: Iterable[SpokenLine], told: tuple[Told, ...]) -> Spoken:
        said = tuple(part.say for part in parts)
        line = " ".join(said)
        if line in self._memory.lines:
            return self._finish([self._last_resort()], told)
        return Spoken(line, said, told)


TELLING = frozenset({"answer", "asked_again", "confirm", "partly", "criticism", "doubt", "next_step_bargain"})
"""Situations in which he tells what he may; elsewhere he only now and then offers."""
OFFER_SHARE = 0.35
RECEIVED = frozenset({"confirm", "partly"})
"""Situations in which he first says how right a paraphrase was."""
RARELY = frozenset({"confirm", "partly", "stacked"})
RESTS = 2
"""Turns in which he does not again begin an answer with "That's about it." or the like."""
TAKES_UP_WORDS = frozenset(
    {"concern", "concern_grounded", "observation", "suggestion_later", "common_ground", "test_open"}
)
"""What the leader wants: a big word in it may be taken up. In a question or a paraphrase it would be a quibble."""
ASKS_BACK = frozenset(
    {
        "answer",
        "confirm",
        "concern",
        "concern_grounded",
        "observation",
        "suggestion_later",
        "test_open",
        "acknowledgement_earned",
        "common_ground",
        "criticism",
    }
)
SPOKEN_AS = {"answer": "unknown", "criticism": "invited_criticism_guarded", "doubt": "test_open"}
"""The situation whose lines serve when a plan's own sources are used up."""
INSTEAD = {
    "asked_again": ("asked_third",),
    "ultimatum": ("directive",),
    "directive": ("ultimatum",),
    "concern_grounded": ("concern",),
    "concern": ("concern_grounded",),
    "accusing": ("judgement", "leading"),
    "judgement": ("accusing",),
    "leading": ("pressed",),
    "off_task": ("off_task_third",),
    "apology": ("apology_cool",),
    "acknowledgement_earned": ("confirm",),
    "acknowledgement_empty": ("short_turn",),
    "unknown": ("outside",),
    "outside": ("unknown",),
    "next_step_facade": ("pressed",),
    "next_step_guarded": ("pressed",),
    "thanks": ("small_talk",),
    "goodbye_open": ("thanks",),
    "goodbye_cold": ("thanks",),
    "goodbye_facade": ("thanks",),
    "goodbye_step": ("thanks",),
    "confirm": ("acknowledgement_earned",),
    "silence_low": ("short_turn",),
    "silence_middle": ("short_turn",),
    "silence_high": ("short_turn",),
    "softening": ("framing",),
    "appreciation": ("small_talk",),
    "frozen": ("told_already",),
    "suggestion_early": ("suggestion_later",),
    "next_step_bargain": ("next_step_guarded",),
    "next_step_yes": ("next_step_detail",),
    "next_step_detail": ("next_step_yes",),
}
"""Where to look when a situation's lines are used up."""
