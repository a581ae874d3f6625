"""Save articles as text, web page, PDF and Word, and see whether the library finds the same passages in each.

python bench/forms.py FOLDER [--keep FOLDER]

FOLDER holds articles as text. The questions are those of tests/library/asked.jsonl that may be watched and that such an
article answers. The other forms are written by Chromium, ReportLab and python-docx, with what real ones have around the
words: menus, a cookie banner, captions, a sidebar, running heads, page numbers, hyphens, ligatures.
"""

import argparse
import html
import io
import json
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.library.ingest import ingest
from bot.library.search import Library
from bot.listen.encoder import shared_encoder
from bot.settings import Settings

ROOT = Path(__file__).parent.parent
HEAD = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title} | The Staffroom Review</title>
<style>body{{font:15px/1.5 Georgia,serif;max-width:46em;margin:auto}}h1{{font-size:30px}}h2{{font-size:21px}}</style>
<script>window.track = "menus and cookies";</script></head><body>
<div id="cookie-consent" class="cookie-banner"><p>We use cookies to improve your experience of this site.</p>
<button>Accept all</button></div><header class="site-header"><a href="/">The Staffroom Review</a>
<nav><ul><li><a href="/n">News</a></li><li><a href="/l">Leadership</a></li><li><a href="/j">Jobs</a></li></ul></nav>
</header><div class="breadcrumbs"><a href="/">Home</a> &gt; <a href="/l">Leadership</a></div><main><article>
<h1>{title}</h1><div class="share-buttons"><a href="#">Facebook</a> <a href="#">Copy link</a></div>"""
FOOT = """<figure><img alt="" src="data:,"><figcaption>Two teachers talk in a corridor</figcaption></figure>
</article></main><aside class="sidebar"><h3>Most read</h3><ul><li><a href="/1">Ten quick starters for Monday</a></li>
<li><a href="/2">Which staffroom mug are you?</a></li></ul></aside><section class="newsletter-signup"><h3>Never miss an
article</h3><form><input placeholder="Email"><button>Sign up</button></form></section><footer><p>About us | Contact |
Privacy</p><p>© 2024 The Staffroom Review Ltd. All rights reserved.</p></footer></body></html>"""
RUNNING = "The Staffroom Review"


@dataclass(frozen=True)
class Block:
    """A piece of an article as its writer sees it: 'h1', 'h2', 'p' or 'li'."""

    kind: str
    words: str


def blocks_of(text: str) -> list[Block]:
    """Return what a person sees in an article saved as text: lone short lines are headings, bullets are lists."""
    parts = [part.strip() for part in re.split(r"\n[ \t]*\n", text) if part.strip()]
    found: list[Block] = []
    for place, part in enumerate(parts):
        following = max(parts[place + 1 : place + 3], key=len, default="")
        heading = "\n" not in part and len(part) < 80 and not re.search(r"[.:,;]$|^•|^Image", part)
        if heading and (len(following.split()) > 12 or following.startswith("•")):
            found.append(Block("h2", part))
            continue
        lines = part.split("\n")
        found += [Block("li" if line.lstrip().startswith("•") else "p", line.strip(" •\t")) for line in lines]
    return found


def as_web_page(title: str, blocks: Sequence[Block]) -> str:
    """Return a page with the article in the middle of what such pages have around it."""
    body = []
    for place, block in enumerate(blocks):
        words = html.escape(block.words)
        if block.kind == "li":
            body += ["<ul>"] if place == 0 or blocks[place - 1].kind != "li" else []
            body.append(f"<li>{words}</li>")
            body += ["</ul>"] if place + 1 == len(blocks) or blocks[place + 1].kind != "li" else []
        else:
            body.append(f"<{block.kind}>{words}</{block.kind}>")
    return HEAD.format(title=html.escape(title)) + "\n".join(body) + FOOT


def as_word(title: str, blocks: Sequence[Block]) -> bytes:
    """Return a Word document with a running head, a page number and a caption."""
    import docx

    document = docx.Document()
    document.core_properties.title = "Document1"
    document.sections[0].header.paragraphs[0].text = RUNNING
    document.sections[0].footer.paragraphs[0].text = "Page 1"
    document.add_heading(title, level=0)
    document.add_paragraph("Two teachers talk in a corridor", style="Caption")
    for block in blocks:
        if block.kind == "h2":
            document.add_heading(block.words, level=1)
        else:
            document.add_paragraph(block.words, style="List Bullet" if block.kind == "li" else None)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def as_printed_pdf(pages: dict[str, str]) -> dict[str, bytes]:
    """Return web pages as Chromium prints them, with its own running heads: date, title, address, page."""
    from playwright.sync_api import sync_playwright

    small = "font-size:8px;width:100%;padding:0 1cm;display:flex;justify-content:space-between"
    head = f'<div style="{small}"><span class="date"></span><span class="title"></span></div>'
    foot = (
        f'<div style="{small}"><span>https://www.example.org/leadership/article</span>'
        '<span><span class="pageNumber"></span>/<span class="totalPages"></span></span></div>'
    )
    made = {}
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        for name, source in pages.items():
            page.set_content(source)
            made[name] = page.pdf(
                format="A4",
                display_header_footer=True,
                header_template=head,
                footer_template=foot,
                margin={"top": "1.6cm", "bottom": "1.6cm", "left": "1.4cm", "right": "1.4cm"},
            )
        browser.close()
    return made


def as_pdf_in_columns(title: str, blocks: Sequence[Block]) -> bytes:
    """Return a PDF as a journal sets it: two justified columns, words cut at the ends of lines, running heads."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph

    body = ParagraphStyle("p", fontName="Times-Roman", fontSize=10, leading=12.5, alignment=4, firstLineIndent=12)
    first = ParagraphStyle("first", parent=body, firstLineIndent=0)
    item = ParagraphStyle("li", parent=first, leftIndent=12, bulletIndent=2)
    heading = ParagraphStyle("h2", fontName="Helvetica-Bold", fontSize=12, leading=15, spaceBefore=8, spaceAfter=3)
    top = ParagraphStyle("h1", fontName="Helvetica-Bold", fontSize=18, leading=21, spaceAfter=8)
    story = [Paragraph(html.escape(title), top)]
    for place, block in enumerate(blocks):
        after_heading = place == 0 or blocks[place - 1].kind != "p"
        style = {"h2": heading, "li": item}.get(block.kind, first if after_heading else body)
        words = html.escape(_hyphenated(block.words) if block.kind == "p" else block.words)
        story.append(Paragraph(words, style, bulletText="•" if block.kind == "li" else None))
    out = io.BytesIO()
    document = BaseDocTemplate(out, pagesize=A4, title="Microsoft Word - final v3.docx", author="Administrator")
    frames = [Frame(45 + column * 260, 60, 245, 720, id=str(column)) for column in (0, 1)]
    document.addPageTemplates([PageTemplate(frames=frames, onPage=_running_heads)])
    document.build(story)
    return out.getvalue()


def _running_heads(canvas: object, document: object) -> None:
    canvas.setFont("Helvetica", 8)  # type: ignore[attr-defined]
    number = document.page  # type: ignore[attr-defined]
    canvas.drawString(45, 805, f"{RUNNING}  Vol. 12")  # type: ignore[attr-defined]
    canvas.drawRightString(550, 30, f"{number}")  # type: ignore[attr-defined]


def _hyphenated(words: str) -> str:
    """Return the words with soft hyphens where a long one may be cut."""
    return re.sub(r"[a-z]{8,}", lambda word: f"{word.group()[:4]}\xad{word.group()[4:]}", words)


def write_forms(texts: dict[str, tuple[str, str]], into: Path) -> dict[str, Path]:
    """Write each article, by name (title, text), in every form. Return the folder of each form."""
    folders = {form: into / form for form in ("text", "web page", "printed PDF", "PDF in columns", "Word")}
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    pages = {}
    for name, (title, text) in texts.items():
        blocks = [block for block in blocks_of(text) if block.words != title]
        pages[name] = as_web_page(title, blocks)
        (folders["text"] / f"{name}.txt").write_text(text, encoding="utf-8")
        (folders["web page"] / f"{name}.html").write_text(pages[name], encoding="utf-8")
        (folders["Word"] / f"{name}.docx").write_bytes(as_word(title, blocks))
        (folders["PDF in columns"] / f"{name}.pdf").write_bytes(as_pdf_in_columns(title, blocks))
    for name, raw in as_printed_pdf(pages).items():
        (folders["printed PDF"] / f"{name}.pdf").write_bytes(raw)
    return folders


# What is found in them


def found_in(folder: Path, questions: Sequence[str], home: Path, k: int = 3) -> list[list[str]]:
    """Return the texts found for each question in a library that holds this folder alone."""
    (home / "content" / "knowledge").mkdir(parents=True)
    settings = Settings(home=home, content=home / "content")
    ingest([folder], settings, shared_encoder())
    with Library(settings, shared_encoder()) as library:
        return [[one.passage.text for one in library.search(question, k)] for question in questions]


def same(one: str, other: str) -> bool:
    """Return whether two passages are the same words, but for where they were cut: four fifths of either's runs."""
    mine, yours = _runs(one), _runs(other)
    return len(mine & yours) >= 0.8 * max(len(mine), len(yours))


def _runs(text: str) -> set[str]:
    letters = re.sub(r"[\W_]", "", text.casefold())
    return {letters[start : start + 12] for start in range(max(1, len(letters) - 11))}


def agreement(here: list[list[str]], there: list[list[str]]) -> tuple[float, float]:
    """Return for how many of the questions the first passage is the same, and all three, as shares."""
    pairs = list(zip(here, there, strict=True))
    first = [(not one and not two) or bool(one and two and same(one[0], two[0])) for one, two in pairs]
    every = [len(one) == len(two) and all(any(same(a, b) for b in two) for a in one) for one, two in pairs]
    return sum(first) / len(pairs), sum(every) / len(pairs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--keep", type=Path, help="leave the files here")
    options = parser.parse_args()
    texts = {path.stem: (title_of(path), path.read_text(encoding="utf-8")) for path in options.folder.glob("*.txt")}
    rows = map(json.loads, (ROOT / "tests" / "library" / "asked.jsonl").read_text(encoding="utf-8").splitlines())
    questions = [row["question"] for row in rows if row["part"] == "watched" and row["article"] in texts]
    with tempfile.TemporaryDirectory() as scratch:
        folders = write_forms(texts, options.keep or Path(scratch) / "forms")
        found = {form: found_in(path, questions, Path(scratch) / form) for form, path in folders.items()}
    print(f"{len(texts)} articles, {len(questions)} questions; the same passages as in the text:")
    for form, there in found.items():
        first, every = agreement(found["text"], there)
        print(f"{form:15} first {100 * first:5.1f} %   all three {100 * every:5.1f} %")


def title_of(path: Path) -> str:
    """Return the title that the library finds in the text: a page's writer would give it the same."""
    from bot.library.loading import load

    return load(path).title


if __name__ == "__main__":
    main()
