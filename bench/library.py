"""What a search costs in a large library: time and memory, on passages put together from the training documents.

    PYTHONPATH=. .venv/bin/python bench/library.py 100000

The sentences are real ones, shuffled; the vectors are those of real passages with noise, so that nothing has to be
embedded a hundred thousand times. What is found means nothing; what it costs is what it would cost.
"""

import json
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil

from bot.library.loading import Article
from bot.library.passages import Passage
from bot.library.ranker import Embedded, Ranker
from bot.library.search import Library
from bot.library.store import Entry, Stamp, Store
from bot.listen.encoder import Encoder, shared_encoder
from bot.settings import Settings

ROOT = Path(__file__).parent.parent
OF_AN_ARTICLE = 100
"""Passages."""
READ = 60
"""Passages that are really embedded, and give the others their vectors."""
ASKED = 200
NOISE = 0.04
"""Standard deviation in each of 384 numbers: neighbours at a cosine of about 0.8."""


def corpus() -> tuple[list[str], list[str]]:
    """Return the passages and the questions of the training documents."""
    paths = sorted((ROOT / "training" / "library").glob("*.jsonl"))
    rows = [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    told = [row for row in rows if "text" in row]
    return [row["text"] for row in told], [question for row in told for question in row["questions"]]


def fill(settings: Settings, texts: list[str], many: int) -> None:
    """Put so many passages into the library."""
    dice, noise = random.Random(0), np.random.default_rng(0)
    sentences = [sentence for text in texts for sentence in text.split(". ")]
    ranker = Ranker(shared_encoder())
    read = [ranker.embedded(text) for text in dice.sample(texts, READ)]
    store = Store(settings.library_path)
    for number in range(many // OF_AN_ARTICLE):
        title = dice.choice(sentences)[:60]
        article = Article(f"a{number}", title, "", "", "", "", "", Path(f"a{number}.md"), "")
        entries = []
        for at in range(OF_AN_ARTICLE):
            one = dice.choice(read)
            vector = one.vector + noise.normal(0, NOISE, one.vector.shape).astype(np.float32)
            text = ". ".join(dice.sample(sentences, 5))
            passage = Passage(f"{number}-{at}", article.name, title, "", "", "", text, 0, len(text))
            entries.append(Entry(passage, passage.id, Embedded(vector / np.linalg.norm(vector), one.pieces)))
        store.replace(article, f"knowledge/{number}", Stamp(0, 0, ""), entries)
    store.re_embed(ranker.name, [])
    store.close()


def embedding_speed(texts: list[str]) -> float:
    """Return passages a second, one at a time on each core."""
    from bot.listen.together import side_by_side

    ranker = Ranker(Encoder())
    ranker.embedded(texts[0])
    started = time.perf_counter()
    side_by_side(ranker.embedded, texts[1:81])
    return 80 / (time.perf_counter() - started)


def main() -> None:
    """Print the table."""
    texts, questions = corpus()
    dice = random.Random(1)
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), content=Path(home))
        fill(settings, texts, int(sys.argv[1]))
        ingest_nothing = time.perf_counter()
        with Library(settings, Encoder()) as library:
            library._index.sync(library._store)
            library._checked = True
            indexed = time.perf_counter() - ingest_nothing
            taken = [timed(library, question) for question in dice.sample(questions, ASKED)]
            resident = psutil.Process().memory_info().rss / 2**20
    first, cuts = taken[0], statistics.quantiles(taken, n=20)
    print(f"{sys.argv[1]} passages: index {indexed:.0f} s; first search {first:.0f} ms, median")
    print(f"{statistics.median(taken):.0f} ms, 95 of 100 within {cuts[-1]:.0f} ms; {resident:.0f} MB resident")
    print(f"{embedding_speed(texts):.0f} passages a second are embedded")


def timed(library: Library, question: str) -> float:
    """Return the milliseconds that a search takes."""
    started = time.perf_counter()
    library.search(question)
    return 1000 * (time.perf_counter() - started)


if __name__ == "__main__":
    main()
