"""The one place that knows Typst, which sets our PDF files and draws our pictures. It needs nothing from a network."""

import json
from dataclasses import asdict
from pathlib import Path

from bot.exports.paper import Paper, Picture

LAYOUT = Path(__file__).with_name("paper.typ")
PICTURE = b"""#let picture = json(bytes(sys.inputs.picture))
#set page(width: 16cm, height: auto, margin: 0pt)
#image(bytes(picture.drawing), format: "svg", width: 100%, alt: picture.alt)
"""
DOTS_PER_INCH = 220.0


def pdf(paper: Paper) -> bytes:
    """Return the paper as a PDF file with headings, tables and pictures marked for a screen reader.

    What it is filled with is data to Typst, never markup. A letter that no typeface here has forbids the name of
    PDF/UA, and nothing else: such a file is marked all the same.
    """
    import typst

    given = {"paper": json.dumps(asdict(paper))}
    layout = LAYOUT.read_bytes()
    try:
        made = typst.compile(layout, sys_inputs=given, pdf_standards=["ua-1"])
    except typst.TypstError:
        made = typst.compile(layout, sys_inputs=given)
    return bytes(made)


def as_png(picture: Picture) -> bytes:
    """Return the picture as PNG, 16 cm wide."""
    import typst

    made = typst.compile(PICTURE, sys_inputs={"picture": json.dumps(asdict(picture))}, format="png", ppi=DOTS_PER_INCH)
    return bytes(made[0] if isinstance(made, list) else made)
