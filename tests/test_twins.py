"""The same passage in two files: found once, and found still when either file goes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.library.index import Index
from bot.library.ingest import ingest
from bot.library.search import Library
from bot.library.store import Store
from bot.library.twins import is_held
from bot.listen.encoder import shared_encoder
from bot.settings import Settings

LETTER = (
    "The caretaker walks round the building at six every evening and looks at each of the windows on the ground floor. "
    "He writes down which of them were open, and on Fridays he leaves the list in the tray of the deputy head."
)
OTHER = (
    "The kitchen takes its orders for the trip at the latest on the Wednesday before, from the teacher who leads it. "
    "A packed lunch holds a roll, a piece of fruit and a drink, and those who eat no meat get cheese."
)
CUT = LETTER.replace("ground floor. ", "ground floor.\n").replace("building", "build-\ning").replace("floor", "ﬂoor")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(Index, "sync", lambda self, store: False)
    monkeypatch.setattr(Index, "nearest", lambda self, vector, at_most, generation: None)
    (tmp_path / "content" / "knowledge").mkdir(parents=True)
    return Settings(home=tmp_path / "home", content=tmp_path / "content")


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    store = Store(settings.library_path)
    yield store
    store.close()


def kept(settings: Settings, folder: Path, **files: str) -> None:
    """Make the folder hold these files and no others, and fill the library with it."""
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    for name, text in files.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    ingest([folder], settings, shared_encoder())


def found(settings: Settings) -> list[str]:
    with Library(settings, shared_encoder()) as library:
        return [one.passage.article for one in library.search("who looks whether the windows are open in the evening")]


def test_a_passage_in_two_files_is_found_once_and_both_places_are_known(settings: Settings, store: Store) -> None:
    kept(settings, settings.home.parent / "school", first=f"# Windows\n\n{LETTER}", second=f"# Rounds\n\n{CUT}")
    assert found(settings) == ["first"]
    ids, vectors = store.vectors()
    assert len(ids) == len(vectors) == 1
    assert [one.article for one in store.also(ids[0])] == ["second"]
    assert store.count() == 2


def test_when_the_one_that_stood_for_both_goes_the_other_is_found(settings: Settings) -> None:
    folder = settings.home.parent / "school"
    kept(settings, folder, first=f"# Windows\n\n{LETTER}", second=f"# Rounds\n\n{CUT}", third=f"# More\n\n{LETTER}")
    assert found(settings) == ["first"]
    kept(settings, folder, second=f"# Rounds\n\n{CUT}", third=f"# More\n\n{LETTER}")
    assert found(settings) == ["second"]
    kept(settings, folder, third=f"# More\n\n{LETTER}")
    assert found(settings) == ["third"]
    kept(settings, folder)
    assert found(settings) == []


def test_when_either_is_rewritten_both_are_found(settings: Settings, store: Store) -> None:
    folder = settings.home.parent / "school"
    kept(settings, folder, first=f"# Windows\n\n{LETTER}", second=f"# Rounds\n\n{LETTER}")
    kept(settings, folder, first=f"# Windows\n\n{OTHER}", second=f"# Rounds\n\n{LETTER}")
    assert found(settings)[0] == "second"
    assert len(store.vectors()[0]) == 2
    kept(settings, folder, first=f"# Windows\n\n{LETTER}", second=f"# Rounds\n\n{LETTER}")
    assert found(settings) == ["second"]  # it has been there longer
    assert len(store.vectors()[0]) == 1


def test_whatever_the_order_of_coming_and_going_what_is_there_is_searched_once(
    settings: Settings, store: Store
) -> None:
    folder = settings.home.parent / "school"
    texts = {"a": LETTER, "b": f"{OTHER}\n\n{LETTER}", "c": f"{LETTER}\n\n{OTHER}", "d": OTHER}
    for names in ("ab", "abc", "bcd", "cd", "acd", "d", "bd", "abcd", "b"):
        kept(settings, folder, **{name: f"# Part {name}\n\n{texts[name]}" for name in names})
        searched = [store.passages([which])[which].text for which in store.vectors()[0]]
        whole = " ".join(searched)
        for text in (LETTER, OTHER):
            assert (text[:60] in whole) == any(text in texts[name] for name in names)
            assert whole.count(text[:60]) <= 2  # a longer passage that holds it may stand beside it


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("at six every", "at seven every"),
        ("at six every", "at 6.30 every"),
        ("He writes", "He must write"),
        ("were open", "were not open"),
        ("on Fridays he leaves", "on Fridays he never leaves"),
    ],
)
def test_last_years_letter_does_not_hide_this_years(before: str, after: str) -> None:
    changed = LETTER.replace(before, after)
    assert changed != LETTER
    assert not is_held(changed, [LETTER])


def test_the_same_words_cut_elsewhere_are_the_same() -> None:
    middle = LETTER.index("He writes")
    assert is_held(CUT, [LETTER[:middle], LETTER[middle:]])
    assert not is_held(OTHER, [LETTER])
    assert not is_held("See the list in the tray.", ["See the list in the tray."])


def test_a_library_from_before_is_paired_when_it_is_next_filled(settings: Settings, store: Store) -> None:
    folder = settings.home.parent / "school"
    kept(settings, folder, first=f"# Windows\n\n{LETTER}", second=f"# Rounds\n\n{LETTER}")
    store.note("paired", "")
    ingest([], settings, shared_encoder())
    assert len(store.vectors()[0]) == 1
