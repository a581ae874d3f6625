"""What keeps a large library quick, and that it finds there what it finds in a small one."""

import random
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from bot.library import full_text, twins
from bot.library.exact import Exact
from bot.library.loading import Article
from bot.library.passages import Passage
from bot.library.ranker import LENGTH, Embedded
from bot.library.store import Entry, Stamp, Store
from bot.listen.encoder import DIMENSIONS, Vectors, pack, unpack


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "library.db")
    yield store
    store.close()


def by_chance(how_many: int, seed: int = 1) -> Vectors:
    """Return unit vectors as the encoder makes them, shape (how_many, 384)."""
    numbers = np.random.default_rng(seed).standard_normal((how_many, DIMENSIONS)).astype(np.float32)
    return unpack(pack(numbers / np.linalg.norm(numbers, axis=1, keepdims=True)))


def keep(store: Store, name: str, texts: Sequence[str], vectors: Vectors | None = None, section: str = "") -> list[str]:
    """Keep an article of these passages, and return their ids."""
    vectors = by_chance(len(texts)) if vectors is None else vectors
    ids = [f"{name}-{place}" for place in range(len(texts))]
    pieces = np.ones((3, LENGTH), dtype=np.int8)
    entries = [
        Entry(Passage(which, name, name.title(), "", "", section, text, 0, len(text)), which, Embedded(vector, pieces))
        for which, text, vector in zip(ids, texts, vectors, strict=True)
    ]
    whole = Article(name, name.title(), "", "", "", "", "\n\n".join(texts), Path(f"{name}.md"))
    store.replace(whole, f"/school/{name}.md", Stamp(1, 1, name), entries)
    return ids


# By words


def by_sqlite(store: Store, words: Sequence[str]) -> list[str]:
    """Return the ids in the order of SQLite's own bm25()."""
    query = (
        "SELECT passages.id FROM words JOIN passages ON passages.number = words.rowid "
        "WHERE words MATCH ? ORDER BY bm25(words, 0.5, 2.0, 1.0), words.rowid"
    )
    any_of_them = " OR ".join(f'"{word}"' for word in words)
    with closing(sqlite3.connect(store._path)) as database:
        return [which for (which,) in database.execute(query, (any_of_them,))]


@pytest.mark.parametrize("seed", range(4))
def test_passages_are_put_in_order_as_sqlite_does_it(store: Store, seed: int) -> None:
    chance = random.Random(seed)
    known = "school schools bees winter o'clock naïve the café teaching teacher taught 2024 a".split()
    for number in range(9):
        texts = [" ".join(chance.choices(known, range(len(known), 0, -1), k=chance.randint(1, 300))) for _ in range(9)]
        keep(store, f"{chance.choice(known)}-{number}", texts, section=chance.choice(known))
    store.remove(["/school/bees-3.md", "/school/school-4.md"])
    for _ in range(20):
        words = chance.sample([*known, "unheard", "teach", "naive"], chance.randint(1, 6))
        expected = by_sqlite(store, words)
        assert store.by_words(words, 1000) == expected
        assert store.by_words(words, 7) == expected[:7]
        assert store.by_words(words, 7, expected[5:]) == expected[5:12]


def test_where_no_word_is_asked_for_nothing_is_found(store: Store) -> None:
    assert store.by_words(["bees"], 5) == []
    keep(store, "bees", ["Bees sleep in winter."])
    assert store.by_words([], 5) == []
    assert store.by_words(["!"], 5) == []
    assert store.by_words(["bees"], 5, []) == []


def test_what_a_word_counts_follows_the_library(store: Store) -> None:
    first = keep(store, "hives", ["Bees sleep in winter.", "Honey is kept in jars."])
    assert store.holding(["bee", "honey", "wasp"], first) == {
        "bee": ({first[0]}, 1),
        "honey": ({first[1]}, 1),
        "wasp": (set(), 0),
    }
    second = keep(store, "wasps", ["Wasps and bees are no friends."])
    assert store.count() == 3
    assert store.holds("wasp")
    assert store.holding(["bee"], [*first, *second]) == {"bee": ({first[0], second[0]}, 2)}
    store.remove(["/school/hives.md"])
    assert store.count() == 1
    assert store.holding(["bee", "honey"], second) == {"bee": (set(second), 1), "honey": (set(), 0)}
    assert not store.holds("honey")


def test_of_a_passage_in_two_files_the_one_that_is_searched_is_found(store: Store) -> None:
    letter = "The caretaker walks round the building at six every evening and looks at each of the windows."
    first, second = keep(store, "first", [letter]), keep(store, "second", [letter])
    assert store.by_words(["caretaker"], 5, [*first, *second]) == first
    assert store.by_words(["caretaker"], 5, second) == []
    assert store.holding(["caretaker"], [*first, *second]) == {"caretaker": (set(first), 1)}


def test_what_is_remembered_of_words_has_an_end(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = keep(store, "doors", [f"The school opens door number {number}." for number in range(6)])
    monkeypatch.setattr(full_text, "REMEMBERED", 110)
    for _ in range(2):
        for word in ("school", "door", "opens", "unheard"):
            assert store.by_words([word], 9) == ([] if word == "unheard" else ids)
    assert store._full_text is not None
    assert store._full_text._remembered == 106
    assert list(store._full_text._known) == ["opens", "unheard"]


# By meaning, without the index


@pytest.mark.parametrize("passages", [0, 3, 30, 500])
def test_exact_search_finds_the_nearest_and_the_older_first(store: Store, passages: int) -> None:
    vectors = by_chance(passages)
    vectors[passages // 2 :] = vectors[: passages - passages // 2]  # every one twice: what is as near comes in order
    ids = keep(store, "long", [f"Words {number}." for number in range(passages)], vectors)
    asked = by_chance(1, seed=2)[0]
    order = np.argsort(-(vectors @ asked).round(5), kind="stable")[:30]
    assert Exact(store).nearest(asked, 30) == [ids[place] for place in order]


def test_exact_search_sees_what_came_since(store: Store) -> None:
    exact = Exact(store)
    vectors = by_chance(2)
    first = keep(store, "one", ["Words."], vectors[:1])
    assert exact.nearest(vectors[1], 5) == first
    second = keep(store, "two", ["Others."], vectors[1:])
    assert exact.nearest(vectors[1], 5) == [*second, *first]


def test_vectors_come_in_pieces_and_together(store: Store) -> None:
    vectors = by_chance(7)
    ids = keep(store, "long", [f"Words {number}." for number in range(7)], vectors)
    pieces = list(store.vectors_by(3))
    assert [len(some) for some, _ in pieces] == [3, 3, 1]
    assert [which for some, _ in pieces for which in some] == ids
    held, together = store.vectors()
    assert held == ids
    assert np.array_equal(together, vectors)


# The foot of every page


def test_a_foot_that_many_passages_share_is_passed_over(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twins, "COMMON", 3)
    foot = "This form goes to the office of the school by the end of the week and a copy stays with the family."
    words = "apple bread candle drum engine feather grape hammer island jacket kettle ladder magnet needle".split() * 3
    forms = [f"{' '.join(random.Random(seed).sample(words, len(words)))}. {foot}" for seed in range(14)]
    for number, text in enumerate(forms):
        keep(store, f"form-{number}", [text], by_chance(1, seed=number))
    assert len(store.vectors()[0]) == len(forms)
    (again,) = keep(store, "again", [forms[5]], by_chance(1, seed=5))
    assert [one.id for one in store.also("form-5-0")] == [again]  # by what it shares with that one alone
