"""What filling and searching the library costs.

python bench/library_costs.py refill 1000       a second filling of so many files, and one changed paragraph
python bench/library_costs.py search 100000     searching so many passages: median, first search, memory
python bench/library_costs.py search 100000 HOME    the same; the folder HOME keeps them for the next time
python bench/library_costs.py encoder WEIGHTS   the encoder beside Chroma's default in fp32 (its files in WEIGHTS)

The passages to be searched are made of words by chance, some in a third of them and most in a few, with vectors by
chance: their meaning is nothing, their cost is that of real ones.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import psutil

from bot.library.index import Index
from bot.library.ingest import ingest
from bot.library.loading import Article
from bot.library.passages import Passage
from bot.library.ranker import LENGTH, Embedded, Ranker
from bot.library.search import Library
from bot.library.store import Entry, Stamp, Store
from bot.listen.encoder import DIMENSIONS, Encoder, shared_encoder
from bot.listen.spelling import WORD, english
from bot.settings import Settings

ROOT = Path(__file__).parent.parent
PIECES = 110
"""Word pieces of a passage, about as many as real ones have."""
IN_ARTICLE = 50
THEIRS = "Chroma's, fp32"


def invented(chance: random.Random, words: int) -> str:
    """Return sentences whose words are half those of the articles, as often as they stand there, half of all English.

    Of all English one comes as often as its rank says (Zipf's law, exponent 1).
    """
    known, written = _commonest_first(), _written()
    said = [
        chance.choice(written) if chance.random() < 0.5 else known[int(len(known) ** chance.random()) - 1]
        for _ in range(words)
    ]
    return " ".join(" ".join(said[at : at + 14]).capitalize() + "." for at in range(0, words, 14))


@lru_cache(maxsize=1)
def _commonest_first() -> list[str]:
    return sorted(english(), key=english().__getitem__)


@lru_cache(maxsize=1)
def _written() -> list[str]:
    """Return every word of the articles that come with the program, as they follow one another."""
    texts = (path.read_text(encoding="utf-8") for path in sorted((ROOT / "knowledge" / "articles").glob("*.md")))
    return [word.lower() for text in texts for word in WORD.findall(text)]


# Filling


def refill(files: int, home: Path) -> None:
    chance = random.Random(5)
    folder = home / "school"
    folder.mkdir()
    for number in range(files):
        parts = "\n\n".join(f"## Part {part}\n\n{invented(chance, 70)}" for part in range(4))
        (folder / f"note-{number:04}.md").write_text(f"# Note {number}\n\n{parts}", encoding="utf-8")
    (home / "content" / "knowledge").mkdir(parents=True)
    settings = Settings(home=home / "home", content=home / "content")
    time.sleep(2.5)  # until the files are old enough for their times to be trusted
    for what in ("first", "unchanged"):
        started = time.perf_counter()
        result = ingest([folder], settings, shared_encoder())
        print(f"{what:10} {time.perf_counter() - started:8.2f} s, {result.embedded} passages embedded", flush=True)
    path = folder / "note-0007.md"
    path.write_text(
        path.read_text(encoding="utf-8").replace("## Part 2\n\n", "## Part 2\n\nOne thing is new. "), "utf-8"
    )
    started = time.perf_counter()
    result = ingest([folder], settings, shared_encoder())
    print(f"{'changed':10} {time.perf_counter() - started:8.2f} s, {result.embedded} passages embedded")


# Searching


def fill(store: Store, passages: int) -> None:
    """Keep so many passages; a filling that was cut off goes on where it was, with the same passages."""
    held = len(store.stamps())
    chance, numbers = random.Random(3), np.random.default_rng(3)
    topics = numbers.standard_normal((400, DIMENSIONS)).astype(np.float32)
    for article in range(passages // IN_ARTICLE):
        texts = [invented(chance, 85) for _ in range(IN_ARTICLE)]
        entries = [entry_of(article, place, text, topics, numbers) for place, text in enumerate(texts)]
        if article < held:
            continue
        name = f"paper-{article}"
        whole = Article(name, f"Paper {article}", "", "", "", "", "\n\n".join(texts), Path(f"{name}.md"))
        store.replace(whole, f"/papers/{name}.md", Stamp(1, 1, name), entries)


def entry_of(article: int, place: int, text: str, topics: np.ndarray, numbers: np.random.Generator) -> Entry:
    vector = topics[numbers.integers(len(topics))] + numbers.standard_normal(DIMENSIONS).astype(np.float32)
    vector /= np.linalg.norm(vector)
    pieces = numbers.integers(-127, 128, (PIECES, LENGTH), dtype=np.int8)
    which = f"{article:08x}{place:08x}"
    name, title = f"paper-{article}", f"Paper {article}"
    passage = Passage(which, name, title, "", "", f"Part {place // 5}", text, place * 700, place * 700 + len(text))
    return Entry(passage, which, Embedded(vector, pieces))


def search(passages: int, home: Path) -> None:
    (home / "content" / "knowledge").mkdir(parents=True, exist_ok=True)
    settings = Settings(home=home / "home", content=home / "content")
    store = Store(settings.library_path)
    started = time.perf_counter()
    if store.count() > passages:
        sys.exit(f"{home} holds {store.count()} passages: name another folder")
    if store.count() < passages:
        fill(store, passages)
    store.note("encoder", Ranker(shared_encoder()).name)
    print(f"{passages} passages kept in {time.perf_counter() - started:.0f} s", flush=True)
    started = time.perf_counter()
    index = Index(settings)
    print(f"index made: {index.sync(store)}, in {time.perf_counter() - started:.0f} s", flush=True)
    index.close()
    store.close()
    for way in ("index", "exact"):
        subprocess.run([sys.executable, __file__, "asked", way, str(home)], check=True, cwd=ROOT)


def asked(way: str, home: Path) -> None:
    """Search in a process of its own, as after a start, and print what it cost."""
    rows = map(json.loads, (ROOT / "tests" / "library" / "asked.jsonl").read_text(encoding="utf-8").splitlines())
    questions = [row["question"] for row in rows if row["part"] == "watched"]
    settings = Settings(home=home / "home", content=home / "content")
    if way == "exact":
        Index.nearest = lambda *_: None  # type: ignore[method-assign]
    started = time.perf_counter()
    taken: list[float] = []
    worked: list[float] = []
    with Library(settings, shared_encoder()) as library:
        library.search("How do I lead people whom I do not manage?")
        first = time.perf_counter() - started
        for question in questions:
            started, before = time.perf_counter(), time.process_time()
            library.search(question)
            taken.append(1000 * (time.perf_counter() - started))
            worked.append(1000 * (time.process_time() - before))
        resident = psutil.Process().memory_info().rss / 2**20
    ninety = statistics.quantiles(taken, n=20)[-1]
    print(
        f"{way}: first {first:.2f} s, then median {statistics.median(taken):.0f} ms "
        f"({statistics.median(worked):.0f} of the processor's), 95 of 100 within {ninety:.0f} ms, "
        f"resident {resident:.0f} MB; {os.getloadavg()[0]:.1f} programs at work on {os.cpu_count()} cores",
        flush=True,
    )


# The encoder


def encoder(weights: Path) -> None:
    """Compare speed, and how many questions find their passage among the first three by the cosine alone."""
    from chromadb.utils.embedding_functions.onnx_mini_lm_l6_v2 import ONNXMiniLM_L6_V2

    theirs = ONNXMiniLM_L6_V2(preferred_providers=["CPUExecutionProvider"])
    theirs.DOWNLOAD_PATH = weights
    theirs._download_model_if_not_exists = lambda: None  # type: ignore[method-assign]
    with tempfile.TemporaryDirectory() as home, Library(Settings(home=Path(home), content=ROOT), Encoder()) as library:
        library.ensure()
        held = list(library._store.passages().values())
    texts = [f"{one.title}. {one.section}. {one.text}" for one in held]
    rows = map(json.loads, (ROOT / "tests" / "library" / "asked.jsonl").read_text(encoding="utf-8").splitlines())
    questions = [row for row in rows if row["part"] == "watched" and row["article"]]
    rates: dict[str, list[float]] = {"ours": [], THEIRS: []}
    hits: dict[str, float] = {}
    for _ in range(3):
        for name, embed in (("ours", Encoder().encode), (THEIRS, lambda some: np.array(theirs(some)))):
            embed(["Good morning."])
            started = time.perf_counter()
            passages = embed(texts)
            rates[name].append(len(texts) / (time.perf_counter() - started))
            near = embed([row["question"] for row in questions]) @ passages.T
            hits[name] = hits_at_3(near, [row["quote"] for row in questions], [one.text for one in held])
    for name, found in rates.items():
        print(f"{name:15} {statistics.median(found):7.1f} passages a second, hit@3 {hits[name]:.3f}")
    print(f"{statistics.median(rates['ours']) / statistics.median(rates[THEIRS]):.2f} times")


def hits_at_3(near: np.ndarray, quotes: Sequence[str], texts: Sequence[str]) -> float:
    plain = [" ".join(text.split()) for text in texts]
    best = np.argsort(-near, axis=1)[:, :3]
    return float(np.mean([any(quote in plain[one] for one in row) for quote, row in zip(quotes, best, strict=True)]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["refill", "search", "encoder", "asked"])
    parser.add_argument("of")
    parser.add_argument("home", nargs="?", type=Path)
    options = parser.parse_args()
    if options.what == "asked":
        return asked(options.of, options.home)
    if options.what == "encoder":
        return encoder(Path(options.of))
    if options.what == "search" and options.home is not None:
        return search(int(options.of), options.home.resolve())
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as home:
        (refill if options.what == "refill" else search)(int(options.of), Path(home))
    return None


if __name__ == "__main__":
    main()
