"""A picture of the page as it is printed: the light colours in place of tokens, a face that comes with the printer."""

import re

COLOURS = {
    "page": "#ffffff",
    "paper": "#ffffff",
    "ink": "#1c2826",
    "ink-2": "#4a5755",
    "rule": "#d2d8d0",
    "you": "#0b5a52",
    "them": "#7b2f5b",
    "stop": "#99291a",
}
"""The tokens that the plots use, in the light scheme, on white."""
FACE = "Libertinus Serif"
SIZE = re.compile(r'font-size="([\d.]+)"')
TOKEN = re.compile(r"var\(--([\w-]+)\)")


def for_print(drawing: str, *, larger: float = 1.0) -> str:
    """Return the SVG so that it needs no style sheet, its letters so many times as large.

    Raise KeyError for a token that has no colour here.
    """
    coloured = TOKEN.sub(lambda match: COLOURS[match.group(1)], drawing)
    lettered = coloured.replace("<text", f'<text font-family="{FACE}"')
    soft = lettered.replace('class="soft"', f'fill="{COLOURS["ink-2"]}"')
    sized = SIZE.sub(lambda match: f'font-size="{float(match.group(1)) * larger:g}"', soft)
    return sized.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
