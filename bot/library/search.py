"""A question finds the passages that answer it, by meaning and by words, or nothing."""

import math
import threading
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from bot.errors import LibraryError
from bot.library.answering import answering
from bot.library.catalogue import Catalogue
from bot.library.elsewhere import questions_elsewhere
from bot.library.exact import Exact
from bot.library.index import Index
from bot.library.ingest import IngestReport, ingest, knowledge_changed, silent, unfinished
from bot.library.loading import Article
from bot.library.mending import Mender
from bot.library.passages import Passage, embedding_text
from bot.library.ranker import Embedded, Ranker, nearness
from bot.library.signs import Signs
from bot.library.store import Store
from bot.library.vocabulary import in_plain_words
from bot.library.words import repaired, telling_words
from bot.listen.encoder import Encoder, Vectors
from bot.listen.spelling import WORD
from bot.listen.together import side_by_side
from bot.settings import Settings

ANSWERS, SUPPORTS = 0.2, 0.1
"""Nothing is returned unless some passage's support reaches ANSWERS; beside it come those that reach SUPPORTS.

Set on tests/library/calibration.yaml. There an answer is given to 60 of 62 questions in few
words and 52 of 60 as people tell them, and none to 48 of 50 questions from far away and 40 of 50 about schools; on its
other documents, to 39 of 40, and none to 28 of 30. At 0.4, six fewer of those that people tell are answered, and six
fewer slip through.
"""
OUTRIGHT = 0.5
"""Support from which a passage is more likely to answer than not; below it, it is shown as the nearest there is."""
POOL = 30
"""Passages taken from each of the two searches, and of both together."""
SAME_ARTICLE = 1
"""Passages of one article before another article has its say. 1 and 2 do equally well on the calibration questions (59
of 62, 49 of 60 among the first three); 1 lets a reader see three articles at a glance."""
LONGEST_QUESTION = 1000
"""In characters; the rest is not read."""
LEAST = 50
"""Passages that a library is taken to have at least: where there are three, no word would count as rare."""


@dataclass(frozen=True)
class Found:
    """A passage that answers a question."""

    passage: Passage
    score: float
    """0 to 1, comparable between questions: how likely it is that the passage answers, by all signs together."""

    @property
    def outright(self) -> bool:
        """Return whether the passage is more likely to answer than not."""
        return self.score >= OUTRIGHT

    def as_json(self) -> dict[str, Any]:
        """Return what `alex search --json` prints of it."""
        return {
            "passage": self.passage.text,
            "article": self.passage.article,
            "title": self.passage.title,
            "section": self.passage.section,
            "score": round(self.score, 4),
            "outright": self.outright,
        }


class Library:
    """The articles of knowledge/ and of every folder that was ingested. Safe to use from several threads.

    Every method raises LibraryError if the library's file cannot be used.
    """

    def __init__(self, settings: Settings, encoder: Encoder) -> None:
        self._settings = settings
        self._encoder = encoder
        self._ranker = Ranker(encoder)
        self._store = Store(settings.library_path)
        self._index = Index(settings)
        self.mender = Mender(self._index, self._store)
        self._lock = threading.Lock()
        self._checked = False
        self._exact = Exact(self._store)
        self._others: Vectors | None = None

    def __enter__(self) -> "Library":
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the files. The library opens them again when it is next asked."""
        self.mender.wait()
        self._index.close()
        self._store.close()

    def ensure(self, report: Callable[[str], None] = silent) -> IngestReport | None:
        """Bring the library up to date if it is empty or knowledge/ changed, and mend the index if it needs mending.

        For the start of a program; a first search does it by itself. Return what was done, or None if nothing was.
        """
        with self._lock:
            result = None
            rest = unfinished(self._settings, self._store)
            if rest is not None or knowledge_changed(self._settings, self._encoder, self._store):
                result = ingest(rest or [], self._settings, self._encoder, report)
            self._index.sync(self._store)
            self._checked = True
            return result

    def search(self, question: str, k: int = 5, within: Collection[str] | None = None) -> list[Found]:
        """Return at most `k` passages that answer the question, best first; none if the library does not answer it.

        With `within`, only articles at these places are looked at (see catalogue.Held).
        The nearest in meaning and by words are the candidates, looked for side by side; all signs together put them in
        order.
        """
        asked = _legible(question)
        if k < 1 or not WORD.search(asked):
            return []
        self._check_once()
        support = {which: signs.support() for which, signs in self.signs(asked, within).items()}
        if max(support.values(), default=0.0) < ANSWERS:
            return []
        return self._found({which: much for which, much in support.items() if much >= SUPPORTS}, k)

    def signs(self, question: str, within: Collection[str] | None = None) -> dict[str, Signs]:
        """Return what speaks for each passage that may answer the question, by id; `within` as for `search`."""
        asked = repaired(_legible(question), self._store.holds)
        words = telling_words(asked)
        there = None if within is None else self._store.embedded(self._store.passages_in(within))
        looks: list[Callable[[], Any]] = [
            lambda: self._by_meaning(asked, there),
            lambda: self._store.by_words(words, POOL, there),
            lambda: self._ranker.wanted(asked),
        ]
        (vector, meant), worded, wanted = side_by_side(lambda look: look(), looks)
        ids = {*meant, *worded}
        made = self._store.embedded(ids) if there is None else {which: there[which] for which in ids}
        shares = self._shares(words, list(made))
        near = nearness(wanted, [one.pieces for one in made.values()])
        elsewhere, length = self._elsewhere(vector), math.log(len(wanted.weights))
        return {
            which: Signs(float(pieces), float(one.vector @ vector), shares[which], elsewhere, length)
            for (which, one), pieces in zip(made.items(), near, strict=True)
        }

    def by_meaning(self, question: str, k: int) -> list[Passage]:
        """Return the k passages nearest in meaning, whether they answer or not; to be compared with `search`."""
        return self._in_order(self._nearest(self._encoder.encode([_legible(question)])[0])[:k])

    def by_words(self, question: str, k: int) -> list[Passage]:
        """Return the k passages nearest by words (BM25), whether they answer or not; to be compared with `search`."""
        return self._in_order(self._store.by_words(telling_words(_legible(question)), k))

    def _in_order(self, ids: Sequence[str]) -> list[Passage]:
        held = self._store.passages(ids)
        return [held[which] for which in ids if which in held]

    def passages_for(self, question: str, *, at_most: int = 4) -> list[Passage]:
        """Return the passages that answer the question, best first, as `search` does."""
        return [found.passage for found in self.search(question, at_most)]

    def sentence(self, question: str, passage: Passage) -> tuple[int, int]:
        """Return where the sentence that answers stands in the text: (start, end), or (0, 0) if there is none."""
        asked = repaired(_legible(question), self._store.holds)
        made = self._store.embedded([passage.id]).get(passage.id)
        pieces = self._ranker.embedded(embedding_text(passage)).pieces if made is None else made.pieces
        return answering(asked, passage, pieces, self._ranker)

    def passage(self, which: str) -> Passage | None:
        """Return the passage with this id, or None if the library does not hold it any more."""
        self._check_once()
        return self._store.passages([which]).get(which)

    def catalogue(self) -> Catalogue:
        """Return the list of what the library holds, which is also how articles come in and go."""
        return Catalogue(self._settings, self._encoder, self._store, self.mender)

    def passages(self) -> list[Passage]:
        """Return every passage, in reading order."""
        self._check_once()
        return list(self._store.passages().values())

    def articles(self) -> list[Article]:
        """Return every article, by title."""
        self._check_once()
        return self._store.articles()

    def ready(self) -> None:
        """Fill the library where that was not done yet. An older one, or one being filled elsewhere, will do."""
        self._check_once()

    @property
    def generation(self) -> str:
        """Return what changes whenever anything in the library does."""
        return self._store.fact("generation")

    @property
    def is_ready(self) -> bool:
        """Return whether it was filled, or found to be full, since the program started."""
        return self._checked

    def _check_once(self) -> None:
        if self._checked:
            return
        try:
            self.ensure()
        except LibraryError:
            if not self._store.count():  # an older library, or one that somebody else is filling, still answers
                raise
            self._checked = True

    def _by_meaning(self, asked: str, there: dict[str, Embedded] | None) -> tuple[Vectors, list[str]]:
        """Return the question's vector, and the ids of the nearest passages: of those that are `there`, if given."""
        vector = self._encoder.encode([in_plain_words(asked)])[0]
        if there is None:
            return vector, self._nearest(vector)
        return vector, sorted(there, key=lambda which: -float(there[which].vector @ vector))[:POOL]

    def _nearest(self, vector: Vectors) -> list[str]:
        """Return the ids of the passages nearest in meaning, best first: from the index, else by exact search."""
        near = self._index.nearest(vector, POOL, self._store.fact("generation"))
        return self._exact.nearest(vector, POOL) if near is None else near

    def _elsewhere(self, vector: Vectors) -> float:
        """Return how near the question is to what the library is seldom about: a cosine, and 0 where it is not."""
        if self._others is None:
            self._others = self._encoder.encode(questions_elsewhere())
        return max(0.0, float((self._others @ vector).max()))

    def _shares(self, words: Sequence[str], ids: Sequence[str]) -> dict[str, float]:
        """Return the share of the question's words that each passage holds, 0 to 1, by id; rare words count more.

        A share that rests on common words alone is scaled down: to count in full, the words held must say as much as
        one word that no other passage holds.
        """
        among = max(self._store.count(), LEAST)
        asked, held = 0.0, dict.fromkeys(ids, 0.0)
        for holders, everywhere in self._store.holding(words, ids).values():
            asked += _rarity(everywhere, among)
            for which in holders:
                held[which] += _rarity(everywhere, among)
        telling = _rarity(1, among)
        return {which: said / asked * min(1.0, said / telling) if said else 0.0 for which, said in held.items()}

    def _found(self, support: dict[str, float], k: int) -> list[Found]:
        """Return the k passages of most support, best first.

        A text that stands in two files comes once, and of one article no more than SAME_ARTICLE passages as long as
        other articles have something to say.
        """
        passages = self._store.passages(support)
        ranked: dict[str, Passage] = {}
        for which in sorted(passages, key=lambda which: -support[which]):
            ranked.setdefault(passages[which].text, passages[which])
        taken: Counter[str] = Counter()
        first: list[Passage] = []
        later: list[Passage] = []
        for passage in ranked.values():
            (first if taken[passage.article] < SAME_ARTICLE else later).append(passage)
            taken[passage.article] += 1
        found = [Found(passage, support[passage.id]) for passage in [*first, *later][:k]]
        return sorted(found, key=lambda one: -one.score)


def _legible(question: str) -> str:
    """Return as much of a question as is read, without half characters."""
    return question[:LONGEST_QUESTION].encode("utf-8", errors="ignore").decode("utf-8")


def _rarity(holding: int, among: int) -> float:
    """Return how much a word says that `holding` of `among` passages hold: BM25's inverse document frequency, > 0."""
    return math.log1p((among - holding + 0.5) / (holding + 0.5))
