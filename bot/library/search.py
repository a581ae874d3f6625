"""A question finds the passages that answer it, by meaning and by words, or nothing."""

import math
import re
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import numpy as np

from bot.errors import LibraryError
from bot.library.index import Index
from bot.library.ingest import IngestReport, ingest, knowledge_changed, silent
from bot.library.loading import Article
from bot.library.passages import Passage
from bot.library.store import Store, Vectors
from bot.listen.encoder import Encoder
from bot.settings import Settings

WORDS_WEIGH = 0.4
ANSWERS = 0.44
SUPPORTS = 0.30
"""How the score is made and what it must reach.

A passage's support is its cosine with the question plus WORDS_WEIGH times the share of the question's words it holds,
rare words counting more. Nothing is returned unless some passage reaches ANSWERS; then those that reach SUPPORTS are.
Set on tests/library/calibration.yaml (62 questions, 50 that no article answers) and checked on 31 questions about
eight short documents on other subjects: at 0.44, 58 of 62 and 29 of 31 are answered, 46 of 50 and 29 of 30 left
unanswered; what slips through is about schools. Lower by 0.04, two more are answered and one more slips through.
"""
POOL = 30
"""Passages considered from each of the two searches."""
RANK_CONSTANT = 60
"""Of reciprocal rank fusion (Cormack, Clarke and Büttcher 2009)."""
LONGEST_QUESTION = 1000
"""In characters; the rest is not read."""
MOST_WORDS = 24
"""Words of a question that are looked up."""
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
COMMON_WORDS = frozenset(
    """a about after all also am an and any are as at be been before being between but by can cant could day did
    didnt do does doesnt doing done dont down each every for from get go going got had has have having he her here
    him his how i if im in into is isnt it its ive just made make may me might more most must my need no not of
    off on one only or other our out over own same say shall she should so some someone something such tell than
    that thats the their them then there these they thing things this those time to today too up us very was way
    we were what whats when where which who whom whose why will with wont would yet you your i'm i've i'd i'll
    we're we've we'd we'll you're you've you'd you'll he's he'd he'll she's she'd she'll it's they're they've
    they'd they'll that's there's what's who's how's where's let's isn't aren't wasn't weren't don't doesn't
    didn't haven't hasn't hadn't won't wouldn't can't couldn't shouldn't mustn't""".split()  # noqa: SIM905  (a list of quoted words would fill three screens)
)
"""Words that say nothing about what a question is about."""


@dataclass(frozen=True)
class Found:
    """A passage that answers a question."""

    passage: Passage
    score: float
    """0 to 1, comparable between questions: cosine and words as above, over the most they can be. About 0.3 is a
    passage on the subject; the passage's own words asked for come near 1."""

    def as_json(self) -> dict[str, Any]:
        """Return what `alex search --json` prints of it."""
        return {
            "passage": self.passage.text,
            "article": self.passage.article,
            "title": self.passage.title,
            "section": self.passage.section,
            "score": round(self.score, 4),
        }


class Library:
    """The articles of knowledge/ and of every folder that was ingested. Safe to use from several threads.

    Every method raises LibraryError if the library's file cannot be used.
    """

    def __init__(self, settings: Settings, encoder: Encoder) -> None:
        self._settings = settings
        self._encoder = encoder
        self._store = Store(settings.library_path)
        self._index = Index(settings)
        self._lock = threading.Lock()
        self._checked = False
        self._matrix: tuple[str, list[str], Vectors] | None = None

    def __enter__(self) -> "Library":
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the files. The library opens them again when it is next asked."""
        self._index.close()
        self._store.close()

    def ensure(self, report: Callable[[str], None] = silent) -> IngestReport | None:
        """Bring the library up to date if it is empty or knowledge/ changed, and mend the index if it needs mending.

        For the start of a program; a first search does it by itself. Return what was done, or None if nothing was.
        """
        with self._lock:
            self._checked = True
            result = None
            if knowledge_changed(self._settings, self._encoder, self._store):
                result = ingest([], self._settings, self._encoder, report)
            self._index.sync(self._store)
            return result

    def search(self, question: str, k: int = 5) -> list[Found]:
        """Return at most `k` passages that answer the question, best first; none if the library does not answer it.

        The k are chosen by reciprocal rank from cosine and BM25, and then put in order of their score.
        """
        asked = question[:LONGEST_QUESTION].encode("utf-8", errors="ignore").decode("utf-8")
        if k < 1 or not WORD.search(asked):
            return []
        self._check_once()
        vector = self._encoder.encode([asked])[0]
        words = _words(asked)
        fused = _fused(self._nearest(vector), self._store.by_words(words, POOL))
        support = self._support(vector, words, fused)
        if max(support.values(), default=0.0) < ANSWERS:
            return []
        return self._found([which for which in fused if support.get(which, 0.0) >= SUPPORTS], support, k)

    def passages_for(self, question: str, *, at_most: int = 4) -> list[Passage]:
        """Return the passages that answer the question, best first, as `search` does."""
        return [found.passage for found in self.search(question, at_most)]

    def passage(self, which: str) -> Passage | None:
        """Return the passage with this id, or None if the library does not hold it any more."""
        self._check_once()
        return self._store.passages([which]).get(which)

    def articles(self) -> list[Article]:
        """Return every article, by title."""
        self._check_once()
        return self._store.articles()

    def _check_once(self) -> None:
        if self._checked:
            return
        try:
            self.ensure()
        except LibraryError:
            if not self._store.count():  # an older library, or one that somebody else is filling, still answers
                raise

    def _nearest(self, vector: Vectors) -> list[str]:
        """Return the ids of the passages nearest in meaning, best first: from the index, else by exact search."""
        generation = self._store.fact("generation")
        near = self._index.nearest(vector, POOL, generation)
        if near is not None:
            return near
        if self._matrix is None or self._matrix[0] != generation:
            self._matrix = (generation, *self._store.vectors())
        _, ids, vectors = self._matrix
        return [ids[place] for place in np.argsort(-(vectors @ vector), kind="stable")[:POOL]] if ids else []

    def _support(self, vector: Vectors, words: Sequence[str], candidates: Collection[str]) -> dict[str, float]:
        """Return how far each candidate supports an answer, by id: cosine, and up to WORDS_WEIGH for words."""
        ids, vectors = self._store.vectors(candidates)
        if not ids:
            return {}
        shares = self._shares(words, ids)
        cosines = vectors @ vector
        return {which: float(cosine) + WORDS_WEIGH * shares[which] for which, cosine in zip(ids, cosines, strict=True)}

    def _shares(self, words: Sequence[str], ids: Sequence[str]) -> dict[str, float]:
        """Return the share of the question's words that each passage holds, 0 to 1, by id; rare words count more.

        A share that rests on common words alone is scaled down: to count in full, the words held must say as much as
        one word that no other passage holds.
        """
        among = self._store.count()
        asked, held = 0.0, dict.fromkeys(ids, 0.0)
        for word in words:
            holders, everywhere = self._store.holding(word, ids)
            asked += _rarity(everywhere, among)
            for which in holders:
                held[which] += _rarity(everywhere, among)
        telling = _rarity(1, among)
        return {which: said / asked * min(1.0, said / telling) if said else 0.0 for which, said in held.items()}

    def _found(self, ids: Sequence[str], support: dict[str, float], k: int) -> list[Found]:
        """Return the first k of these, a text that stands in two files once, in order of their score."""
        passages = self._store.passages(ids)
        chosen: dict[str, Found] = {}
        for which in ids:
            if which in passages and len(chosen) < k:
                score = min(1.0, max(0.0, support[which] / (1 + WORDS_WEIGH)))
                chosen.setdefault(passages[which].text, Found(passages[which], score))
        return sorted(chosen.values(), key=lambda found: -found.score)


def _words(question: str) -> list[str]:
    """Return the words of a question that say what it is about, each once, in order."""
    words = (word.lower().replace("’", "'") for word in WORD.findall(question))
    return list(dict.fromkeys(word for word in words if word not in COMMON_WORDS))[:MOST_WORDS]


def _fused(*rankings: Sequence[str]) -> list[str]:
    """Return everything ranked, best first by the sum of 1 / (60 + rank)."""
    sums: dict[str, float] = {}
    for ranking in rankings:
        for rank, which in enumerate(ranking, start=1):
            sums[which] = sums.get(which, 0.0) + 1 / (RANK_CONSTANT + rank)
    return sorted(sums, key=lambda which: -sums[which])


def _rarity(holding: int, among: int) -> float:
    """Return how much a word says that `holding` of `among` passages hold: BM25's inverse document frequency, > 0."""
    return math.log1p((among - holding + 0.5) / (holding + 0.5))
