"""Understanding by meaning: whether a paraphrase is right, what a question is about, whether it was asked before."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

import numpy as np

from bot.colleague.answering import Answering, paired_texts
from bot.colleague.cues import CueFile
from bot.colleague.known_topics import KnownTopics, free_lines, known_topics, texts_of
from bot.colleague.learnt import learn, vectors_of
from bot.colleague.memory import Memory
from bot.colleague.scenario import Scenario
from bot.colleague.substance import stems
from bot.listen.encoder import Encoder, Matcher, Pairer, Vectors

QUESTION_WEIGHT = 0.2
"""Weight of a question by itself, beside the whole turn that it stands in."""
TOPICS_WEIGHED = 5
"""Topics among which it counts how well the best line of each answers."""
ANSWER_WEIGHT = {True: 2.0, False: 0.5}
"""How much that counts beside the closeness: where somebody has read what answers what, and where nobody has."""
SHORT_QUESTION = 5
"""Words up to which a question is read with the line before it."""
LONGEST_OFFERED = 22
"""Words up to which somebody else's question is offered to a leader."""
OWN_WORDS_MATCH = 0.68
"""Cosine to one of his own recent sentences that makes giving it back a confirmed paraphrase."""


def _letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.lower())


@dataclass(frozen=True)
class Asked:
    """The topic a question is about, how sure that is (cosine), and the words by which it was found."""

    topic: str
    closeness: float
    words: str
    answered: float = 0.0
    """How well the best line that may be said to anybody answers those words (see `Answering`)."""


class Understanding:
    """Compare what the leader says with what the scenario holds."""

    def __init__(
        self, scenario: Scenario, marks: CueFile, matcher: Matcher, published: Encoder, pairer: Pairer
    ) -> None:
        self._scenario = scenario
        self._marks = marks
        self._encoder = matcher
        self._published = published
        """For the condition: the matcher has learnt that a thing granted and refused are about the same."""
        self._pairer = pairer

    def warm(self, folder: Path | None = None) -> int:
        """Encode what the scenario holds now rather than at the first question; kept in `folder` where there is one.

        Return how many texts had to be worked out for that.
        """
        new = self._learn(folder) if folder is not None else 0
        _ = (self._known, self._said_back, self._twisted, self._about_step, self._condition)
        return new

    def _learn(self, folder: Path) -> int:
        name, fingerprint, topics = self._scenario.name, self._scenario.fingerprint, self._scenario.lines.topics
        matched = [*texts_of(topics), *self._texts()]
        new = learn(self._encoder, matched, folder, name, fingerprint)
        return new + learn(self._pairer, paired_texts(topics), folder, name, fingerprint)

    def _texts(self) -> list[str]:
        """Return what is compared with what the leader says, beside the topics."""
        plot, texts = self._scenario.plot, list[str]()
        for fact in plot.facts:
            texts += [fact.known_as, *fact.said_back, *fact.twisted]
        return [*texts, *plot.step.about]

    def judge(self, text: str, memory: Memory) -> tuple[set[str], str | None]:
        """Return the form of a paraphrase and the fact it gives back.

        'confirmed' when it matches what he told, or sees what is just beneath it; 'distorted' when it is closer to a
        twisted version; 'partly' when only near; 'unfounded' when it matches nothing he could have meant.
        """
        marks, vector = self._marks.paraphrase, self._encode(text)
        right = {fact: float((vectors @ vector).max()) for fact, vectors in self._said_back.items()}
        wrong = {fact: float((vectors @ vector).max()) for fact, vectors in self._twisted.items()}
        reachable = [fact for fact in right if self._reachable(fact, memory)]
        best = max(reachable, key=right.__getitem__, default=None)
        worst = max(wrong, key=wrong.__getitem__, default=None)
        own = self._own_words(vector, memory)
        closeness = max(right[best] if best else 0.0, own)
        if worst and wrong[worst] >= marks.twisted and wrong[worst] > closeness + marks.margin:
            return {"distorted"}, worst
        needed = marks.right if best in memory.told else marks.ahead
        if (best and right[best] >= needed) or own >= OWN_WORDS_MATCH:
            return {"confirmed"}, best if best and right[best] >= marks.half else None
        if closeness >= marks.half and memory.turns:
            return {"partly"}, best
        return {"unfounded"}, None

    def topic_of(self, question: str, context: str = "", turn: str = "") -> Asked | None:
        """Return the topic closest to the question. `context` is his line before it, for "which one?" and "why?".

        `turn` is all that was said with the question, where there was more: both count.
        """
        closeness = self._known.closeness(question)
        if context and len(question.split()) <= SHORT_QUESTION:
            closeness = np.maximum(closeness, 0.9 * self._known.closeness(f"{context} {question}"))
        if turn:
            closeness = QUESTION_WEIGHT * closeness + (1 - QUESTION_WEIGHT) * self._known.closeness(turn)
        words = turn or question
        answered = self._known.answering.by_topic(words)
        best = self._best_answered(closeness, answered)
        return Asked(self._known.topics[best].id, float(closeness[best]), words, float(answered[best]))

    def _best_answered(self, closeness: Vectors, answered: Vectors) -> int:
        """Return the place of the topic that is close and has an answer, of the closest few."""
        closest = np.argsort(-closeness)[:TOPICS_WEIGHED]
        weight = ANSWER_WEIGHT[self._known.answering.was_read]
        return int(closest[(closeness[closest] + weight * answered[closest]).argmax()])

    def asked_before(self, question: str, earlier: Iterable[str]) -> bool:
        """Return whether the leader has asked this already, in these words or nearly."""
        known = list(earlier)
        if not known:
            return False
        return float((self._encoder.encode(known) @ self._encode(question)).max()) >= self._marks.topic.repeated

    def asks_for_step(self, question: str) -> bool:
        """Return whether a question asks what he would try."""
        return float((self._about_step @ self._encode(question)).max()) >= self._marks.topic.step

    def grants_condition(self, text: str, memory: Memory) -> bool:
        """Return whether `text` grants the condition on which he would try something.

        Before he has named it, or what it rests on, it counts only if the leader names it: then it needs no asking.
        """
        if not (memory.condition_named or self.names_condition(text)):
            return False
        met, refused = self._condition
        vector = self._published.encode([text])[0]
        closeness = float((met @ vector).max())
        return closeness >= self._marks.condition and closeness > float((refused @ vector).max())

    def names_condition(self, text: str) -> bool:
        """Return whether the words name what would have to go, however it is spelt ("the writeup")."""
        about = self._scenario.facts[self._scenario.plot.step.condition].about
        return _letters(about).removeprefix("the") in _letters(text)

    def closeness_to_told(self, text: str, memory: Memory) -> float:
        """Return how close `text` comes to anything he has told or just said (cosine)."""
        vector = self._encode(text)
        told = [float((self._said_back[fact] @ vector).max()) for fact in memory.told]
        return max([*told, self._own_words(vector, memory)], default=0.0)

    def facts_in(self, line: str, at_least: float) -> list[str]:
        """Return the facts that a line of the colleague's tells, by meaning (cosine `at_least`)."""
        if not line.strip():
            return []
        vector = self._encode(line)
        return [name for name, vectors in self._said_back.items() if float((vectors @ vector).max()) >= at_least]

    def questions_like(self, text: str, most: int) -> list[str]:
        """Return ways of asking about what `text` is about, nearest first: those that share a word of substance."""
        vector, about = self._encode(text), stems(text)
        alike = self._known.likeness(vector)
        near = [self._known.asks[place] for place in np.argsort(-alike, kind="stable")]
        fit = (ask for ask in near if len(ask.split()) <= LONGEST_OFFERED and stems(ask) & about)
        return list(islice(dict.fromkeys(fit), most))

    def likest(self, text: str) -> str | None:
        """Return the fact that the text comes nearest to, or None where it comes near none."""
        vector = self._encode(text)
        near = {name: float((vectors @ vector).max()) for name, vectors in self._said_back.items()}
        best = max(near, key=near.__getitem__, default=None)
        return best if best is not None and near[best] >= self._marks.paraphrase.right else None

    def fit(self, words: str, lines: Sequence[str]) -> Vectors:
        """Return how well each line answers `words`, shape (len(lines),)."""
        return self._known.answering.fit(words, lines)

    def _reachable(self, fact: str, memory: Memory) -> bool:
        """A fact he has told, or one just beneath: seeing what he believes, or what is at stake, is listening too."""
        if not memory.played:
            return False
        return fact in memory.told or self._scenario.facts[fact].layer <= min(max(memory.deepest_told(), 0) + 2, 3)

    def _own_words(self, vector: Vectors, memory: Memory) -> float:
        sentences = [line for turn in memory.played[-3:] for line in turn.said if len(line.split()) > 3]
        return float((self._encoder.encode(sentences) @ vector).max()) if sentences else 0.0

    def _encode(self, text: str) -> Vectors:
        vector: Vectors = self._encoder.encode([text])[0]
        return vector

    @cached_property
    def _said_back(self) -> dict[str, Vectors]:
        return {
            name: self._encoder.encode([*fact.said_back, fact.known_as]) for name, fact in self._scenario.facts.items()
        }

    @cached_property
    def _twisted(self) -> dict[str, Vectors]:
        return {name: self._encoder.encode(fact.twisted) for name, fact in self._scenario.facts.items() if fact.twisted}

    @cached_property
    def _known(self) -> KnownTopics:
        return known_topics(self._scenario.lines.topics, self._encoder, self._make_known)

    def _make_known(self) -> KnownTopics:
        name, topics, texts = self._scenario.name, self._scenario.lines.topics, self._texts()
        self._encoder.recall(texts, vectors_of(self._encoder, texts, name))
        paired = vectors_of(self._pairer, paired_texts(topics), name)
        answering = Answering(topics, free_lines(topics, self._scenario.facts), self._pairer, paired)
        matched = vectors_of(self._encoder, texts_of(topics), name)
        return KnownTopics(topics, answering, matched, self._encoder)

    @cached_property
    def _about_step(self) -> Vectors:
        return self._encoder.encode(self._scenario.plot.step.about)

    @cached_property
    def _condition(self) -> tuple[Vectors, Vectors]:
        step = self._scenario.plot.step
        return self._published.encode(step.condition_met), self._published.encode(step.condition_refused)
