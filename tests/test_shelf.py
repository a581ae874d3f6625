"""What comes into the library and goes out of it: nothing of anybody's is lost, nothing that is removed stays."""

import os
import random
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from filelock import FileLock
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas
from test_library import BEES, pdf_of, write

from bot.errors import ArticleError, LibraryError, UsageError
from bot.library import catalogue as catalogue_module
from bot.library import ingest as ingest_module
from bot.library.arriving import STALE_S, Arrivals, free_path, safe_name
from bot.library.catalogue import Catalogue, Held
from bot.library.index import Index
from bot.library.ingest import Progress, ingest
from bot.library.loading import article_files
from bot.library.search import Library
from bot.library.told import LONGEST, Details, Told
from bot.listen.encoder import shared_encoder
from bot.reading_room import ReadingRoom
from bot.record.store import Record
from bot.settings import Settings
from bot.studio import _LibraryShelf

DUTY = "# Playground duty\n\nTwo adults stand where they can see the climbing frame, and swap after ten minutes.\n"
BATCH = "a" * 32


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A library with a home and one article of its own."""
    write(tmp_path / "content" / "knowledge" / "articles" / "bees.md", BEES)
    return Settings(home=tmp_path / "home", content=tmp_path / "content", _env_file=None)


@pytest.fixture
def library(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    """A filled library without Chroma: writing and proving an index takes two seconds."""
    monkeypatch.setattr(Index, "sync", lambda self, store, anew=False: False)
    monkeypatch.setattr(Index, "nearest", lambda self, vector, at_most, generation: None)
    with Library(settings, shared_encoder()) as library:
        library.ensure()
        yield library


@pytest.fixture
def shelf(library: Library) -> Catalogue:
    return library.catalogue()


@pytest.fixture
def room(library: Library, tmp_path: Path, settings: Settings) -> Iterator[ReadingRoom]:
    with Record(f"sqlite:///{tmp_path / 'alex.db'}") as record:
        yield ReadingRoom(settings, lambda: library, lambda: record, lambda words: "Jane" in words)


def titles(shelf: Catalogue) -> list[str]:
    return [one.title for one in shelf.articles()]


def only(shelf: Catalogue, title: str) -> Held:
    (found,) = [one for one in shelf.articles() if one.title == title]
    return found


def copies(settings: Settings) -> list[str]:
    return sorted(path.name for path in settings.added_path.iterdir() if path.is_file())


def bytes_at_home(settings: Settings) -> bytes:
    return b"".join(path.read_bytes() for path in settings.home.rglob("*") if path.is_file())


# Names


@pytest.mark.parametrize(
    ("dropped", "kept"),
    [
        ("Marking policy.PDF", "Marking policy.pdf"),
        ("../../../etc/passwd.md", "passwd.md"),
        ("C:\\Users\\head\\notes.docx", "notes.docx"),
        ("..", "article"),
        (".hidden.md", "hidden.md"),
        ("~$open.docx", "open.docx"),
        ("README.md", "README article.md"),
        ("con.txt", "con article.txt"),
        ("<img src=x onerror=alert(1)>.md", "img src=x onerror=alert(1).md"),
        ("what? a *name*: | yes.txt", "what a name yes.txt"),
        ("línea\x00\n\u202eevil.md", "línea evil.md"),
        ("評価の方針.md", "評価の方針.md"),
        ("سياسة.txt", "سياسة.txt"),
        ("e\u0301cole.md", "école.md"),
        ("no ending", "no ending"),
        ("", "article"),
        ("   .md", "article.md"),
    ],
)
def test_a_name_becomes_one_that_any_disk_takes_and_points_nowhere(dropped: str, kept: str) -> None:
    assert safe_name(dropped) == kept


def test_any_name_stays_in_its_folder(tmp_path: Path) -> None:
    chance = random.Random(0)
    letters = 'aé評🧑🏽‍🏫./\\ \x00\n:*?"<>|~$%\u202e-'
    for _ in range(500):
        name = "".join(chance.choice(letters) for _ in range(chance.randrange(300))) + ".md"
        safe = safe_name(name)
        assert len(safe.encode()) < 130
        path = tmp_path / safe
        assert path.parent == tmp_path and path.resolve().parent == tmp_path.resolve()
        path.write_text("x")
        assert path in set(article_files(tmp_path)), safe
        path.unlink()


def test_a_name_that_is_taken_gets_a_number_whatever_its_capitals(tmp_path: Path) -> None:
    for expected in ("Policy.pdf", "Policy (2).pdf", "Policy (3).pdf"):
        path = free_path(tmp_path, "Policy.pdf")
        assert path.name == expected
        path.touch()
    assert free_path(tmp_path, "POLICY.pdf").name == "POLICY (4).pdf"


def test_what_arrived_and_nobody_came_back_for_is_thrown_away(tmp_path: Path) -> None:
    arrivals = Arrivals(tmp_path)
    old, new = arrivals.place("old00000", "a.md"), arrivals.place("new00000", "a.md")
    for path in (old, new):
        path.touch()
    long_ago = old.stat().st_mtime - STALE_S - 60
    os.utime(old.parent, (long_ago, long_ago))
    arrivals.clear(BATCH)
    assert (old.exists(), new.exists()) == (False, True)
    assert not list(article_files(tmp_path))
    for batch in ("", "../../x", "A" * 32, "a/b"):
        with pytest.raises(UsageError, match="did not arrive whole"):
            arrivals.place(batch, "a.md")


# Coming in


def test_a_file_that_is_added_is_copied_read_and_answers(
    library: Library, shelf: Catalogue, settings: Settings, tmp_path: Path
) -> None:
    mine = write(tmp_path / "drop" / "duty.md", DUTY)
    told: list[Progress] = []
    taken = shelf.take_in([mine], told.append)
    (held,) = taken.added
    assert (held.place, held.title, held.origin, held.passages) == ("articles/duty.md", "Playground duty", "added", 1)
    assert held.read is not None
    assert held.missing == ("author", "date", "source")
    assert told == [Progress(1, 1, "duty.md")]
    mine.unlink()
    assert "climbing frame" in library.search("where do adults stand in the playground")[0].passage.text
    shelf.look_again()
    assert titles(shelf) == ["Keeping bees", "Playground duty"]
    assert copies(settings) == ["duty.md"]


def test_bad_files_are_reported_and_the_rest_is_in(shelf: Catalogue, settings: Settings, tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    good = write(drop / "duty.md", DUTY)
    write(drop / "empty.txt", "")
    write(drop / "old.doc", "x")
    (drop / "scan.pdf").write_bytes(pdf_of([[]]))
    (drop / "torn.docx").write_bytes(b"PK\x03\x04 torn")
    locked = Canvas(str(drop / "locked.pdf"), encrypt=StandardEncryption("secret", strength=128))
    locked.drawString(60, 700, "Words of a handbook that is locked with a password.")
    locked.save()
    with (drop / "huge.pdf").open("wb") as huge:
        huge.truncate(200 * 2**20)
    taken = shelf.take_in(sorted(drop.iterdir()))
    assert [one.title for one in taken.added] == ["Playground duty"]
    faults = {one.name: (one.fault, bool(one.fix)) for one in taken.left_out}
    assert faults == {
        "empty.txt": ("there is nothing to read in the file.", True),
        "old.doc": ("files of this kind cannot be read.", True),
        "scan.pdf": ("the PDF holds pictures of pages and no text.", True),
        "torn.docx": ("the file is damaged, or is not really a .docx file.", True),
        "locked.pdf": ("the PDF is locked with a password.", True),
        "huge.pdf": ("the file is longer than 50 MB.", True),
    }
    assert copies(settings) == ["duty.md"]
    assert shelf.standing().left_out == ()
    assert good.exists()


def test_the_same_file_twice_is_one_article(shelf: Catalogue, settings: Settings, tmp_path: Path) -> None:
    first = write(tmp_path / "drop" / "duty.md", DUTY)
    second = write(tmp_path / "drop" / "copy of duty.md", DUTY)
    assert shelf.take_in([first, second]).twice == [("copy of duty.md", "duty.md")]
    assert shelf.take_in([second]).twice == [("copy of duty.md", "Playground duty")]
    bees = write(tmp_path / "drop" / "bees.md", BEES)
    assert shelf.take_in([bees]).twice == [("bees.md", "Keeping bees")]
    assert copies(settings) == ["duty.md"]


def test_two_files_of_one_name_and_title_are_both_kept_apart(shelf: Catalogue, tmp_path: Path) -> None:
    first = write(tmp_path / "one" / "duty.md", DUTY)
    second = write(tmp_path / "two" / "duty.md", DUTY + "\nIn rain, inside.\n")
    taken = shelf.take_in([first, second])
    assert {one.place for one in taken.added} == {"articles/duty.md", "articles/duty (2).md"}
    shelf.remove("articles/duty.md")
    assert titles(shelf) == ["Keeping bees", "Playground duty"]
    with pytest.raises(UsageError, match="no longer in the library"):
        shelf.remove("articles/duty.md")


def test_nothing_is_half_added_while_another_program_fills_the_library(
    shelf: Catalogue, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest_module, "TURN_S", 0.2)
    monkeypatch.setattr(catalogue_module, "REMOVING_S", 0.2)
    mine = write(tmp_path / "drop" / "duty.md", DUTY)
    told: list[Progress] = []
    lock = FileLock(settings.library_path.with_suffix(".lock"), thread_local=False)
    with lock:
        with pytest.raises(LibraryError, match="Another program is filling the library"):
            shelf.take_in([mine], told.append)
        with pytest.raises(LibraryError, match="Another program is filling the library"):
            shelf.remove("knowledge/articles/bees.md")
    assert told == [Progress()]
    assert copies(settings) == []
    assert titles(shelf) == ["Keeping bees"]
    assert [one.title for one in shelf.take_in([mine]).added] == ["Playground duty"]


def test_a_disk_that_is_full_is_said_and_what_was_there_stays(
    shelf: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", full)
    with pytest.raises(LibraryError, match=r"could not be copied.*No space left") as refusal:
        shelf.take_in([write(tmp_path / "drop" / "duty.md", DUTY)])
    assert "Free some space" in refusal.value.fix
    assert titles(shelf) == ["Keeping bees"]


# What is known of an article


def test_what_somebody_knows_is_kept_though_the_library_is_made_anew(
    shelf: Catalogue, library: Library, settings: Settings, tmp_path: Path
) -> None:
    shelf.take_in([write(tmp_path / "drop" / "duty.md", DUTY)])
    held = shelf.describe("articles/duty.md", Details("Duty, outside", "  The\nstaff ", "June 2026", ""))
    assert (held.title, held.author, held.date, held.source, held.missing) == (
        "Duty, outside",
        "The staff",
        "June 2026",
        "",
        (),
    )
    found = library.search("where do adults stand in the playground")[0].passage
    assert (found.title, found.author) == ("Duty, outside", "The staff")
    library.close()
    for path in settings.home.glob("library.db*"):
        path.unlink()
    ingest([], settings, shared_encoder(), sync=False)
    assert only(shelf, "Duty, outside").author == "The staff"
    assert shelf.describe("articles/duty.md", Details(title="")).title == "Playground duty"


def test_one_thing_told_leaves_the_others_as_they_were_found(shelf: Catalogue) -> None:
    place = "knowledge/articles/bees.md"
    held = shelf.describe(place, Details(author="B. Other"))
    assert (held.author, held.date, held.source) == ("B. Other", "2019", "The Hive, 2019")
    held = shelf.describe(place, Details(date="2020"))
    assert (held.author, held.date) == ("B. Other", "2020")


def test_what_is_told_is_one_line_and_no_book(tmp_path: Path) -> None:
    told = Told(tmp_path / "articles.yaml")
    told.describe("a", Details("x" * 5000, "a: {b}\n- *c\t\ud800\x00 <script>", "'\"", "# no comment"))
    kept = told.details()["a"]
    assert len(kept.title or "") == LONGEST
    assert (kept.author, kept.date, kept.source) == ("a: {b} - *c <script>", "'\"", "# no comment")
    told.forget("a")
    told.forget("a")
    assert told.details() == {}


@pytest.mark.parametrize("content", [b"details: [", b"details: 3", b"surprise: {}", b"\xff\xfe\x00"])
def test_a_file_of_what_was_told_that_cannot_be_read_is_named_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "articles.yaml"
    path.write_bytes(content)
    with pytest.raises(LibraryError, match=r"articles\.yaml cannot be read"):
        Told(path).describe("a", Details("A"))
    assert path.read_bytes() == content


# Going


def test_a_copy_that_is_removed_is_nowhere(shelf: Catalogue, settings: Settings, tmp_path: Path) -> None:
    secret = "# Handbook\n\nThe zephyranth opens its petals when the caretaker whistles at dusk.\n"
    mine = write(tmp_path / "drop" / "handbook.md", secret)
    shelf.take_in([mine], details=Details(author="Quillfeather"))
    assert b"zephyranth" in bytes_at_home(settings)
    gone = shelf.remove("articles/handbook.md")
    assert (gone.title, gone.author) == ("Handbook", "Quillfeather")
    shelf._store.close()
    for word in (b"zephyranth", b"Quillfeather", b"caretaker"):
        assert word not in bytes_at_home(settings), word
    assert mine.read_text() == secret
    assert shelf.standing().away == {}


def test_a_file_of_a_folder_is_read_no_more_and_stays(shelf: Catalogue, settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "policies"
    mine = write(folder / "duty.md", DUTY)
    ingest([folder], settings, shared_encoder(), sync=False)
    place = only(shelf, "Playground duty").place
    assert shelf.remove(place).origin == "folder"
    assert mine.exists()
    for again in ([], [folder]):
        ingest(again, settings, shared_encoder(), sync=False)
        assert titles(shelf) == ["Keeping bees"]
    assert shelf.standing().away == {place: "Playground duty"}
    assert shelf.bring_back(place) == "Playground duty"
    assert titles(shelf) == ["Keeping bees", "Playground duty"]
    shelf.remove(place)
    ingest([mine], settings, shared_encoder(), sync=False)  # to name the file itself brings it back
    assert titles(shelf) == ["Keeping bees", "Playground duty"]


def test_a_shipped_article_is_put_away_for_good_and_brought_back(library: Library, shelf: Catalogue) -> None:
    place = "knowledge/articles/bees.md"
    shelf.remove(place)
    assert library.ensure() is None  # the start of the program leaves it where it is
    assert titles(shelf) == []
    assert library.search("when should I feed the bees") == []
    assert shelf.bring_back(place) == "Keeping bees"
    assert library.search("when should I feed the bees")
    with pytest.raises(UsageError, match="not put away"):
        shelf.bring_back(place)


def test_what_was_put_away_and_is_gone_since_is_said(shelf: Catalogue, settings: Settings, tmp_path: Path) -> None:
    mine = write(tmp_path / "policies" / "duty.md", DUTY)
    ingest([mine], settings, shared_encoder(), sync=False)
    shelf.remove(str(mine))
    mine.unlink()
    with pytest.raises(UsageError, match="file of “Playground duty” is no longer there"):
        shelf.bring_back(str(mine))
    assert shelf.standing().away == {}


def test_what_was_put_away_and_is_damaged_since_is_said(shelf: Catalogue, settings: Settings, tmp_path: Path) -> None:
    mine = write(tmp_path / "policies" / "duty.md", DUTY)
    ingest([mine], settings, shared_encoder(), sync=False)
    shelf.remove(str(mine))
    write(mine, "")
    with pytest.raises(ArticleError, match="nothing to read"):
        shelf.bring_back(str(mine))


# How it stands


def test_a_file_that_could_not_be_read_is_listed_until_it_can(
    shelf: Catalogue, settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "policies"
    bad = write(folder / "empty.md", "")
    ingest([folder], settings, shared_encoder(), sync=False)
    (left,) = shelf.standing().left_out
    assert (left.name, left.fault) == ("empty.md", "there is nothing to read in the file.")
    assert len(shelf.look_again().faults) == 1
    write(bad, DUTY)
    assert shelf.look_again().added == [str(bad)]
    assert shelf.standing().left_out == ()
    write(bad, "")
    shelf.look_again()
    assert titles(shelf) == ["Keeping bees", "Playground duty"]  # what was read before stays
    bad.unlink()
    assert shelf.look_again().removed == [str(bad)]
    assert shelf.standing().left_out == ()


def test_a_name_that_no_database_takes_can_still_be_noted(shelf: Catalogue) -> None:
    shelf._store.note_reading("/x/dam\udcffaged.md", "dam\udcffaged.md", "the name is damaged.", "Give it another.")
    assert [one.name for one in shelf.standing().left_out] == ["dam?aged.md"]
    shelf._store.forget_readings(["/x/dam\udcffaged.md"])
    assert len(shelf.standing().left_out) == 1
    shelf._store.forget_readings([])
    assert shelf.standing().left_out == ()


def test_an_older_library_says_nothing_of_when_it_was_read(shelf: Catalogue, settings: Settings) -> None:
    shelf._store.close()
    with sqlite3.connect(settings.library_path) as database:
        database.execute("DROP TABLE readings")
    database.close()
    assert [one.read for one in shelf.articles()] == [None]
    assert shelf.look_again().unchanged == ["knowledge/articles/bees.md"]


def test_an_article_is_found_by_title_file_or_part_of_its_title(shelf: Catalogue, tmp_path: Path) -> None:
    shelf.take_in([write(tmp_path / "drop" / "duty.md", DUTY)])
    for words in ("keeping BEES", "bees", "knowledge/articles/bees.md", "Keeping"):
        assert shelf.named(words).title == "Keeping bees"
    with pytest.raises(UsageError, match="2 articles could be meant by 'p'"):
        shelf.named("p")
    for words in ("otters", "  "):
        with pytest.raises(UsageError, match="holds no article called"):
            shelf.named(words)


def test_a_search_in_one_article_finds_nothing_elsewhere(library: Library, shelf: Catalogue, tmp_path: Path) -> None:
    shelf.take_in([write(tmp_path / "drop" / "duty.md", DUTY)])
    asked = "when should I feed the bees"
    assert {one.passage.article for one in library.search(asked, within=["knowledge/articles/bees.md"])} == {"bees"}
    assert library.search(asked, within=["articles/duty.md"]) == []
    assert library.search(asked, within=[]) == []
    assert library.search(asked, 1) == library.search(asked, 1, ["articles/duty.md", "knowledge/articles/bees.md"])


def test_the_index_is_mended_beside_searching(settings: Settings, tmp_path: Path) -> None:
    with Library(settings, shared_encoder()) as library:
        library.ensure()
        assert library.mender.whole
        shelf = library.catalogue()
        began, go_on = threading.Event(), threading.Event()
        build = Index._sync_folder

        def slow(self: Index, *given: object, **how: object) -> bool:
            began.set()
            assert go_on.wait(20)
            return bool(build(self, *given, **how))  # type: ignore[arg-type]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Index, "_sync_folder", slow)
            shelf.take_in([write(tmp_path / "drop" / "duty.md", DUTY)])
            assert began.wait(20)
            assert shelf.standing().index == "at work"
            assert library.search("where do adults stand in the playground")[0].passage.article == "duty"
            go_on.set()
            library.mender.wait()
        assert shelf.standing().index == "whole"
        before = (settings.index_path / "current.json").read_text()
        shelf.make_index_anew()
        library.mender.wait()
        assert shelf.standing().index == "whole"
        assert (settings.index_path / "current.json").read_text() != before
        shelf.remove("articles/duty.md")
        library.mender.wait()
        assert shelf.standing().index == "whole"
        assert library.search("where do adults stand in the playground") == []


# What an article was cited for


def test_a_question_is_kept_with_the_article_that_answered_it_first(room: ReadingRoom, tmp_path: Path) -> None:
    room.catalogue.take_in([write(tmp_path / "drop" / "duty.md", DUTY)])
    bees = room.catalogue.held("knowledge/articles/bees.md")
    for asked in ("When should I feed the bees?", "when is the cup final", "When should Jane feed the bees?"):
        room.ask(asked)
    assert [use.words for use in room.uses(bees)] == ["When should I feed the bees?"]
    assert room.questions() == 1
    (use,) = room.uses(bees)
    assert room.passage(use.passage)[1] == bees.place
    assert room.uses(room.catalogue.held("articles/duty.md")) == []
    with pytest.raises(UsageError, match="no longer in the library"):
        room.ask("When should I feed the bees?", "articles/gone.md")
    assert room.forget_questions() == 1
    assert room.uses(bees) == []


def test_the_coach_cites_no_article_that_is_put_away_and_at_once_one_that_came_in(
    library: Library, shelf: Catalogue, tmp_path: Path
) -> None:
    class OfOneLibrary:
        def library(self) -> Library:
            return library

    coachs = _LibraryShelf(OfOneLibrary())  # type: ignore[arg-type]
    asked, stands = "when should I feed the bees", "where do adults stand in the playground"
    first = coachs.cite(asked)
    assert first and first.title == "Keeping bees"
    assert coachs.cite(asked) is first
    assert coachs.cite(stands) is None
    shelf.remove("knowledge/articles/bees.md")
    shelf.take_in([write(tmp_path / "drop" / "duty.md", DUTY)])
    assert coachs.cite(asked) is None
    after = coachs.cite(stands)
    assert after and after.title == "Playground duty"


def test_an_article_can_be_removed_while_it_is_read(room: ReadingRoom) -> None:
    found = room.ask("When should I feed the bees?").found[0].passage
    room.catalogue.remove("knowledge/articles/bees.md")
    with pytest.raises(UsageError, match="That passage is no longer in the library"):
        room.passage(found.id)
    with pytest.raises(UsageError, match="That article is no longer in the library"):
        room.article("knowledge/articles/bees.md")


# Files that arrive over the page


@pytest.fixture
def page(room: ReadingRoom, settings: Settings) -> Iterator[TestClient]:
    from web_samples import FakeStudio, alex, in_a_loop

    from bot.web.app import build_app

    studio = FakeStudio(alex())
    studio.reading_room = room  # type: ignore[assignment]
    with TestClient(in_a_loop(lambda: build_app(studio)), base_url="http://127.0.0.1:7860") as client:  # type: ignore[arg-type]
        yield client


def test_files_arrive_and_are_read_in_the_order_in_which_they_came(page: TestClient, room: ReadingRoom) -> None:
    for name in ("Duty <b>.md", "../../b.md", "b.md"):
        answer = page.post(f"/arrivals/{BATCH}", params={"name": name}, content=f"{DUTY}\n{name}".encode())
        assert answer.text == "here"
    assert [path.name for path in room.arrivals.files(BATCH)] == ["Duty b.md", "b.md", "b (2).md"]
    taken = room.take_in(BATCH, lambda _: None, large=["<i>.pdf"], lost=["folder"])
    assert len(taken.added) == 3
    assert [(one.name, one.fault) for one in taken.left_out] == [
        ("i.pdf", "the file is larger than 50 MB."),
        ("folder", "it did not arrive whole."),
    ]
    assert room.arrivals.files(BATCH) == []
    with pytest.raises(UsageError, match="No files arrived"):
        room.take_in(BATCH, lambda _: None)


def test_a_file_that_is_too_large_leaves_nothing(
    page: TestClient, room: ReadingRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.app.LARGEST", 1000)
    assert page.post(f"/arrivals/{BATCH}", params={"name": "a.md"}, content=b"x" * 1001).status_code == 413
    assert room.arrivals.files(BATCH) == []


def test_only_our_own_page_can_send_files(page: TestClient, room: ReadingRoom) -> None:
    sent = {"params": {"name": "a.md"}, "content": b"x"}
    elsewhere = page.post(f"/arrivals/{BATCH}", headers={"Origin": "http://evil.example"}, **sent)  # type: ignore[arg-type]
    assert elsewhere.status_code == 403
    assert page.post("/arrivals/..%2F..", **sent).status_code in {404, 405}  # type: ignore[arg-type]
    assert page.post("/arrivals/UPPER-CASE", **sent).status_code == 507  # type: ignore[arg-type]
    assert room.arrivals.files(BATCH) == []
