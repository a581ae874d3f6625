"""Files of every bad kind: a line each that says what happened and what to do, and the good file goes in."""

import io
import os
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from bot.errors import ArticleError
from bot.library import apart, loading
from bot.library import ingest as ingest_module
from bot.library.apart import Apart
from bot.library.index import Index
from bot.library.ingest import IngestReport, ingest
from bot.library.loading import article_files, article_from, load
from bot.library.plain_text import decoded
from bot.library.store import Store
from bot.listen.encoder import shared_encoder
from bot.settings import Settings

GOOD = "# Lunch\n\nLunch is at noon in the hall, and nobody has to queue for long."


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(Index, "sync", lambda self, store: False)
    (tmp_path / "content" / "knowledge").mkdir(parents=True)
    return Settings(home=tmp_path / "home", content=tmp_path / "content")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "school").mkdir()
    (tmp_path / "school" / "good.md").write_text(GOOD, encoding="utf-8")
    return tmp_path / "school"


def filled(settings: Settings, folder: Path) -> tuple[IngestReport, list[str]]:
    said: list[str] = []
    return ingest([folder], settings, shared_encoder(), said.append), said


def pdf(pages: int = 1, words: str = "Walk to the field and wait.", lock: StandardEncryption | None = None) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, encrypt=lock)
    for page in range(pages):
        for row in range(30):
            canvas.drawString(60, 780 - 14 * row, f"{words} This is line {row} of part {page} of what was agreed here.")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def zip_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts, parts.open("word/document.xml", "w") as part:
        for _ in range(300):
            part.write(b"<w:p/>" * 175_000)
    return out.getvalue()


def scanned() -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.rect(100, 100, 300, 300, fill=1)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "locked.pdf": (lambda: pdf(lock=StandardEncryption("secret", strength=128)), "locked with a password"),
    "empty.pdf": (lambda: b"", "damaged"),
    "scanned.pdf": (scanned, "pictures of pages"),
    "half.pdf": (lambda: pdf()[:300], "damaged"),
    "no.pdf": (lambda: b"%PDF-1.7\n" + bytes(range(256)) * 40, "damaged"),
    "bomb.docx": (zip_bomb, "unpacks to more"),
    "cut.docx": (lambda: b"PK\x03\x04 nonsense", "damaged"),
    "locked.docx": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), "locked with a password"),
    "no-part.docx": (lambda: zipped("other.xml", b"<a/>"), "damaged"),
    "picture.md": (lambda: b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "not text"),
    "empty.html": (lambda: b"<html><body><nav>Home</nav></body></html>", "nothing to read"),
    "old.doc": (lambda: b"\xd0\xcf\x11\xe0", "cannot be read"),
}


def zipped(name: str, words: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as parts:
        parts.writestr(name, words)
    return out.getvalue()


def test_each_bad_file_gets_a_line_with_what_to_do_and_harms_no_other(settings: Settings, folder: Path) -> None:
    for name, (made, _) in BAD.items():
        (folder / name).write_bytes(made())
    report, said = filled(settings, folder)
    assert report.added == [str(folder / "good.md")]
    assert {fault.file for fault in report.faults} == set(BAD)
    for fault in report.faults:
        assert BAD[fault.file][1] in fault.fault, fault
        assert fault.fix.endswith(".")
        assert fault.fault.count(fault.file) == 1
        assert sum(f"Left out: {fault.file}: " in line for line in said) == 1


def test_a_pdf_that_may_be_read_but_not_changed_is_read(tmp_path: Path) -> None:
    (tmp_path / "fire.pdf").write_bytes(pdf(lock=StandardEncryption("", "owner", canModify=0, strength=128)))
    assert "Walk to the field" in load(tmp_path / "fire.pdf").text


def test_of_a_truncated_pdf_the_pages_that_are_there_are_read(tmp_path: Path) -> None:
    whole = pdf(pages=12)
    (tmp_path / "cut.pdf").write_bytes(whole[: len(whole) * 3 // 4])
    try:
        text = load(tmp_path / "cut.pdf").text
    except ArticleError as error:
        assert "damaged" in error.fault
    else:
        assert "Walk to the field" in text


def test_a_pdf_of_five_hundred_pages_is_read(tmp_path: Path) -> None:
    (tmp_path / "long.pdf").write_bytes(pdf(pages=500))
    started = time.monotonic()
    with Apart() as reader:
        article = reader.article_from(tmp_path / "long.pdf", (tmp_path / "long.pdf").read_bytes())
    assert time.monotonic() - started < 60
    assert "of part 499 of" in article.text
    assert len(article.pages.split()) == 500


def test_a_file_that_is_too_long_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.pdf"
    with path.open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    with pytest.raises(ArticleError, match="longer than 50 MB"):
        load(path)


# Limits


def test_a_file_that_makes_its_reader_loop_is_given_up_and_the_next_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = b"<html><body>" + b"<p>Some words that go on and on." * 200_000
    with Apart(time_s=1.0) as reader:
        started = time.monotonic()
        with pytest.raises(ArticleError, match=r"takes more than a minute.*"):
            reader.article_from(tmp_path / "loop.html", page)
        assert time.monotonic() - started < 10
    with Apart() as reader:
        article = reader.article_from(tmp_path / "good.html", b"<p>Lunch is at noon in the hall.</p>")
    assert article.text == "Lunch is at noon in the hall."


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no limit of memory on Windows")
def test_a_file_that_fills_the_memory_is_given_up(tmp_path: Path) -> None:
    page = b"<html><body>" + b"<p><b>x</b>" * 400_000
    with Apart(memory=400 * 1024 * 1024) as reader, pytest.raises(ArticleError) as caught:
        reader.article_from(tmp_path / "fat.html", page)
    assert "memory" in caught.value.fault or "breaks off" in caught.value.fault


def test_a_reader_that_ends_is_started_again(tmp_path: Path) -> None:
    with Apart() as reader:
        assert reader.article_from(tmp_path / "a.html", b"<p>One thing.</p>").text == "One thing."
        assert reader._process is not None
        reader._process.kill()
        reader._process.wait()
        with pytest.raises(ArticleError, match="breaks off"):
            reader.article_from(tmp_path / "b.html", b"<p>Another.</p>")
        assert reader.article_from(tmp_path / "b.html", b"<p>Another.</p>").text == "Another."


def test_plain_text_needs_no_other_process(tmp_path: Path) -> None:
    with Apart() as reader:
        assert reader.article_from(tmp_path / "a.md", GOOD.encode()).title == "Lunch"
        assert reader._process is None


@pytest.mark.parametrize("tag", ["div", "b", "ul><li", "blockquote", "table><tr><td"])
def test_a_page_nested_five_thousand_deep_keeps_its_words(tmp_path: Path, tag: str) -> None:
    page = "".join(f"<{tag}>" for _ in range(5000)) + "Lunch is at noon in the hall."
    with Apart() as reader:
        article = reader.article_from(tmp_path / "deep.html", page.encode())
    assert "Lunch is at noon in the hall." in article.text


# Letters


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("Café – it’s naïve".encode("utf-16-le"), "Café – it’s naïve"),
        ("Café – it’s naïve".encode("utf-16-be"), "Café – it’s naïve"),
        ("Café – it’s naïve".encode("utf-16"), "Café – it’s naïve"),
        ("Café – it’s naïve".encode("utf-8-sig"), "Café – it’s naïve"),
        ("Café – it’s naïve".encode("cp1252"), "Café – it’s naïve"),
        ("Café naïve".encode("latin-1"), "Café naïve"),
        ("Café one\n".encode() + "Café two".encode("cp1252"), "Café one\nCafé two"),
        ("Café – it’s".encode().decode("cp1252").encode(), "Café – it’s"),
        ("Zażółć gęślą jaźń".encode(), "Zażółć gęślą jaźń"),
    ],
)
def test_words_are_read_in_whatever_letters_they_were_written(raw: bytes, words: str) -> None:
    assert decoded(raw) == words


def test_a_page_is_read_in_the_letters_that_it_names(tmp_path: Path) -> None:
    page = '<meta charset="iso-8859-2"><p>Zażółć gęślą jaźń, powiedział dyrektor.</p>'
    (tmp_path / "page.html").write_bytes(page.encode("iso-8859-2"))
    assert load(tmp_path / "page.html").text == "Zażółć gęślą jaźń, powiedział dyrektor."


def test_names_in_other_scripts_and_damaged_ones(settings: Settings, folder: Path) -> None:
    for name in ("правила.md", "学校.md", "قواعد.md", "naïve café.md"):
        (folder / name).write_text(f"# {name}\n\nSome words about lunch.", encoding="utf-8")
    if os.name == "posix":
        (Path(os.fsdecode(os.fsencode(folder) + b"/bad\xff.md"))).write_text(GOOD, encoding="utf-8")
    report, _ = filled(settings, folder)
    assert len(report.added) == 5
    assert [fault.fix for fault in report.faults] == ["Give it another name."] * (os.name == "posix")


# Folders


def test_links_that_lead_round_in_a_circle_are_not_followed(settings: Settings, folder: Path) -> None:
    (folder / "round").symlink_to(folder, target_is_directory=True)
    (folder / "self.md").symlink_to(folder / "self.md")
    assert [path.name for path in article_files(folder)] == ["good.md"]
    report = ingest([folder, folder / "self.md"], settings, shared_encoder())
    assert report.added == [str(folder / "good.md")]
    assert len(report.faults) == 1


def test_a_locked_folder_is_named_and_what_was_read_from_it_stays(
    settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "locked").mkdir()
    (folder / "locked" / "rules.md").write_text("# Rules\n\nNobody runs in the hall.", encoding="utf-8")
    assert len(filled(settings, folder)[0].added) == 2
    lock(monkeypatch, folder / "locked")
    report, said = filled(settings, folder)
    assert report.removed == []
    assert report.unchanged == [str(folder / "good.md")]
    assert [fault.file for fault in report.faults] == [str(folder / "locked")]
    assert "cannot be opened (permission denied); what was read from it before is kept." in said[0]


def lock(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Make the folder one that may not be opened, for whoever runs the tests: the owner of the machine may open all."""
    scan, stat = os.scandir, os.stat

    def scandir(path: str) -> object:
        if Path(path) == folder:
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    def status(path: object, **named: object) -> os.stat_result:
        if isinstance(path, str | Path) and folder in Path(path).parents:
            raise PermissionError(13, "Permission denied", str(path))
        return stat(path, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "scandir", scandir)
    monkeypatch.setattr(os, "stat", status)


def test_a_file_that_vanishes_while_it_is_read_is_reported(
    settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = loading.read_bytes

    def read_and_lose(path: Path) -> bytes:
        raw = real(path)
        if path.name == "gone.md":
            path.unlink()
        return raw

    (folder / "gone.md").write_text("# Gone\n\nSome words.", encoding="utf-8")
    monkeypatch.setattr(ingest_module, "read_bytes", read_and_lose)
    report, _ = filled(settings, folder)
    assert report.added == [str(folder / "good.md")]
    assert "went away" in report.faults[0].fault


def test_two_files_with_one_title_both_go_in_and_the_report_says_so(settings: Settings, folder: Path) -> None:
    (folder / "other.md").write_text("# Lunch\n\nOn Fridays there is fish, and peas for those who like them.", "utf-8")
    report, said = filled(settings, folder)
    assert len(report.added) == 2
    assert said[-1] == f"Read Lunch (1 passages). {folder / 'good.md'} has this title too."
    store = Store(settings.library_path)
    assert [article.name for article in store.articles()] == ["good", "other"]
    store.close()


# Word


def test_tracked_changes_are_read_as_accepted_and_comments_are_not_read(tmp_path: Path) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("Lunch is at ")
    inserted, struck = OxmlElement("w:ins"), OxmlElement("w:del")
    inserted.append(parse_xml(f"<w:r {nsdecls('w')}><w:t>one</w:t></w:r>"))
    struck.append(parse_xml(f"<w:r {nsdecls('w')}><w:delText>noon</w:delText></w:r>"))
    paragraph._p.extend([struck, inserted])
    paragraph.add_run(" o'clock.")
    hidden = paragraph.add_run(" Not for parents.")
    hidden.font.hidden = True
    document.add_comment(paragraph.runs[0], text="Is that so?", author="A. Clerk")
    document.add_paragraph("Two people at a table", style="Caption")
    box = parse_xml(
        f"<w:sdt {nsdecls('w')}><w:sdtContent><w:p><w:r><w:t>Bring a cup.</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    )
    document.element.body.insert(0, box)
    document.core_properties.author = "python-docx"
    document.save(str(tmp_path / "lunch.docx"))
    article = load(tmp_path / "lunch.docx")
    assert article.text == "Bring a cup.\n\nLunch is at one o'clock."
    assert article.author == ""


def test_a_word_file_with_bold_lines_for_headings_keeps_them(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph().add_run("Where to sit").bold = True
    document.add_paragraph("Year 3 sits by the window, and year 4 by the stage.")
    document.save(str(tmp_path / "hall.docx"))
    assert load(tmp_path / "hall.docx").text.startswith("## Where to sit\n\nYear 3")


def test_words_that_grow_when_they_are_read_do_no_harm(tmp_path: Path) -> None:
    """A billion laughs: names that stand for other names, ten times each."""
    grows = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10))
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    body = f"<w:document {space}><w:body><w:p><w:r><w:t>&l9;</w:t></w:r></w:p></w:body></w:document>"
    plain = io.BytesIO()
    docx.Document().save(plain)
    out = io.BytesIO()
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.namelist():
            new.writestr(part, old.read(part) if part != "word/document.xml" else f"<!DOCTYPE d [{grows}]>{body}")
    with Apart() as reader, pytest.raises(ArticleError):
        reader.article_from(tmp_path / "laughs.docx", out.getvalue())


def test_what_is_said_when_reading_breaks_off_is_a_sentence_each() -> None:
    for fault, fix in (apart.TOO_LONG, apart.TOO_LARGE, apart.BROKE):
        assert fault.endswith(".") and fix.endswith(".") and fix[0].isupper()


def test_a_file_of_one_endless_line_is_read(tmp_path: Path) -> None:
    started = time.monotonic()
    article = article_from(tmp_path / "endless.txt", ("word " * 200_000).encode())
    assert time.monotonic() - started < 20
    assert len(article.text) > 900_000
