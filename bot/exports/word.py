"""The paper as a Word file: headings, tables, pictures with their words, and comments a coach can go on with."""

import gc
import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from bot.exports.paper import (
    Afterwards,
    Again,
    Cite,
    Entry,
    Exchange,
    Level,
    Note,
    Paper,
    Picture,
    one_line,
    paragraphs,
)
from bot.exports.printing import as_png
from bot.exports.word_styles import empty_document

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table
    from docx.text.paragraph import Paragraph

WIDTH_CM = 16.0


def word(paper: Paper) -> bytes:
    """Return the paper as a .docx file. What the coach said stands beside the turns, as comments."""
    document = empty_document(paper)
    document.add_paragraph(paper.label, style="Subtitle")
    document.add_heading(one_line(paper.title) or "A conversation", 0)
    for name, fact in paper.facts:
        _bold(document.add_paragraph(), f"{name}: ").add_run(fact)
    _beforehand(document, paper)
    _conversation(document, paper)
    if paper.ending:
        document.add_heading("How it ended", 1)
        document.add_paragraph(paper.ending)
    if paper.afterwards:
        _afterwards(document, paper.afterwards, paper)
    if paper.reflection.strip():
        document.add_heading("Reflection", 1)
        _spoken(document, paper.reflection)
    _cited(document, paper.cited)
    file = io.BytesIO()
    document.save(file)
    del document
    gc.collect()  # a document is full of circles, five megabytes of them, which would lie about until much later
    return file.getvalue()


# The conversation -------------------------------------------------------------------------------------------------


def _beforehand(document: "Document", paper: Paper) -> None:
    if not (paper.brief or paper.you_know or paper.before):
        return
    document.add_heading("Beforehand", 1)
    for paragraph in paper.brief:
        document.add_paragraph(paragraph)
    for known in paper.you_know:
        document.add_paragraph(known, style="List Bullet")
    for ask, answer in paper.before:
        _bold(document.add_paragraph(), ask).paragraph_format.keep_with_next = True
        _spoken(document, answer)


def _conversation(document: "Document", paper: Paper) -> None:
    if not paper.exchanges:
        return
    document.add_heading("The conversation", 1)
    if any(one.notes for one in paper.exchanges):
        document.add_paragraph(f"{_margin(paper)} stands in the margin, as comments. Answer them, or add your own.")
    if paper.opening.strip():
        document.add_paragraph(paper.other, style="Speaker Other")
        _spoken(document, paper.opening)
    for one in paper.exchanges:
        document.add_paragraph(f"{paper.you} {one.number}", style="Speaker You")
        mine = _spoken(document, one.words or "(said nothing)", [note.quote for note in one.notes])
        his: list[Any] = []
        if one.line.strip():
            document.add_paragraph(one.speaker, style="Speaker Other")
            his = _spoken(document, one.line)
        _comments(document, one, mine, his or mine)


def _margin(paper: Paper) -> str:
    """Return what the comments hold."""
    read = any(note.quoted for one in paper.exchanges for note in one.notes)
    coach = any(note.who == "Coach" for one in paper.exchanges for note in one.notes)
    return "What the coach said" if coach else "How each sentence was read" if read else "What was not said aloud"


def _comments(document: "Document", one: Exchange, mine: Sequence[Any], his: Sequence[Any]) -> None:
    for note in one.notes:
        runs = his if note.thought else [run for run in mine if note.quote and one_line(run.text) == note.quote] or mine
        initials = "".join(name[0] for name in note.who.split()[:2]).upper()
        document.add_comment([runs[0], runs[-1]], text=_comment(note), author=note.who, initials=initials)


def _comment(note: Note) -> str:
    return "\n".join(one_line(words) for words in note.words)


def _spoken(document: "Document", words: str, quotes: Iterable[str] = ()) -> list[Any]:
    """Add what somebody said and return its runs, in order. A quote that stands in it is a run of its own."""
    runs: list[Any] = []
    for lines in paragraphs(words) or [[""]]:
        paragraph = document.add_paragraph(style="Said")
        for place, line in enumerate(lines):
            parts = _parted(line, quotes)
            runs += [paragraph.add_run(part) for part in parts]
            if place + 1 < len(lines):
                runs[-1].add_break()
    return runs


def _parted(line: str, quotes: Iterable[str]) -> list[str]:
    for quote in quotes:
        if quote and quote in line:
            before, _, after = line.partition(quote)
            return [part for part in (before, quote, after) if part]
    return [line]


# The debrief ------------------------------------------------------------------------------------------------------


def _afterwards(document: "Document", found: Afterwards, paper: Paper) -> None:
    for words in (found.headline, found.summary):
        if words:
            document.add_paragraph(words)
    if found.strength:
        document.add_heading("One strength", 2)
        document.add_paragraph(found.strength)
    if found.six_weeks:
        document.add_heading("Six weeks later", 2)
        _spoken(document, found.six_weeks)
        document.add_paragraph(found.why)
    if found.moments:
        document.add_heading("Moments to try again", 1)
        for one in found.moments:
            _again(document, one, paper)
    _profile(document, found.levels)
    _maps(document, found, paper)
    for picture, drawn in zip(found.pictures, as_png(found.pictures), strict=True):
        _picture(document, picture, drawn)
    document.add_heading("Who said how much, and how", 1)
    for sentence in found.said:
        document.add_paragraph(sentence)
    if found.question:
        document.add_heading("A question to take away", 1)
        _spoken(document, found.question)


def _again(document: "Document", one: Again, paper: Paper) -> None:
    document.add_heading(f"{one.letter}: turn {one.turn}", 2)
    for who, words, style in ((paper.you, one.words, "Speaker You"), (paper.other, one.line, "Speaker Other")):
        if words.strip():
            document.add_paragraph(who, style=style)
            _spoken(document, words)
    document.add_paragraph(one.what)
    if one.thought:
        _bold(document.add_paragraph(), "Not said aloud: ").add_run(one.thought).italic = True
    for way in one.alternatives:
        _bold(document.add_paragraph(), "You might say: ").add_run(way).italic = True


def _profile(document: "Document", levels: Sequence[Level]) -> None:
    document.add_heading("Ten behaviours", 1)
    document.add_paragraph("Each level rests on your own words. A profile to think with, not a grade.")
    table = _table(document, ("Behaviour", "Level", "What you said"), (4.6, 4.2, 7.2))
    for one in levels:
        level = f"{'●' * one.steps}{'○' * (4 - one.steps)} {one.level}" if one.steps is not None else one.level
        level += f"\nCoach: {one.coach}" if one.coach else ""
        said = f"“{one.quote}” (turn {one.turn})" if one.quote else one.note
        _row(table, (one.name, level, said))


def _maps(document: "Document", found: Afterwards, paper: Paper) -> None:
    if not found.maps:
        return
    document.add_heading("Two theories of action", 1)
    document.add_paragraph("What never came out in the conversation is marked so.")
    table = _table(document, ("", "Yours", f"{paper.other}’s"), (3.2, 6.4, 6.4))
    for row in found.maps:
        _row(table, (row.part, _entries(row.mine), _entries(row.his)))


def _entries(entries: Iterable[Entry]) -> str:
    return "\n".join(f"{one.text} ({one.how})" if one.how else one.text for one in entries) or "Nothing noted"


def _picture(document: "Document", picture: Picture, drawn: bytes) -> None:
    from docx.shared import Cm

    document.add_heading(picture.title, 1)
    shape = document.add_picture(io.BytesIO(drawn), width=Cm(WIDTH_CM))
    about = shape._inline.docPr  # the library has no word of its own for alternative text
    about.set("descr", picture.alt)
    about.set("title", picture.title)
    document.paragraphs[-1].paragraph_format.keep_with_next = True
    document.add_paragraph(picture.words)


def _cited(document: "Document", cited: Sequence[Cite]) -> None:
    if not cited:
        return
    document.add_heading("Passages cited", 1)
    for one in cited:
        _bold(document.add_paragraph(), one.place).add_run(f" ({one.where})")
        if one.words:
            _spoken(document, one.words)


# Small parts ------------------------------------------------------------------------------------------------------


def _bold(paragraph: "Paragraph", words: str) -> "Paragraph":
    paragraph.add_run(words).bold = True
    return paragraph


def _table(document: "Document", heads: Sequence[str], widths_cm: Sequence[float]) -> "Table":
    """Return a table whose first row is read out as its head, and repeated on each page."""
    from docx.oxml import OxmlElement
    from docx.shared import Cm

    table: Table = document.add_table(rows=1, cols=len(heads), style="Table Grid")
    table.autofit = False
    for column, width in zip(table.columns, widths_cm, strict=True):
        column.width = Cm(width)
    for cell, head, width in zip(table.rows[0].cells, heads, widths_cm, strict=True):
        cell.width = Cm(width)
        _bold(cell.paragraphs[0], head)
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    return table


def _row(table: "Table", texts: Sequence[str]) -> None:
    from docx.oxml import OxmlElement

    row: Any = table.add_row()  # type: ignore[no-untyped-call]
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    for cell, text, head in zip(row.cells, texts, table.rows[0].cells, strict=True):
        cell.width = head.width
        for place, line in enumerate(text.split("\n")):
            (cell.paragraphs[0] if place == 0 else cell.add_paragraph()).add_run(line)
