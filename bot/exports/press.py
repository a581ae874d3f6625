"""Typst, run in a process of its own, so that what it remembers of each file goes with it. Imports nothing of ours.

Standard input: {"layout", "data", "form": "pdf" or "png"} as JSON. Standard output: a list of files in base64.
"""

import base64
import json
import sys

DOTS_PER_INCH = 220.0


def main() -> None:
    """Set what is asked for on standard input, and print it."""
    asked = json.load(sys.stdin.buffer)
    made = pdf(asked) if asked["form"] == "pdf" else png(asked)
    print(json.dumps([base64.b64encode(file).decode() for file in made]))  # noqa: T201


def pdf(asked: dict[str, str]) -> list[bytes]:
    """Return a PDF file, marked for a screen reader.

    A letter that no typeface here has forbids the name of PDF/UA-1, and nothing else: such a file is marked too.
    """
    import typst

    layout, given = asked["layout"].encode(), {"data": asked["data"]}
    try:
        made = typst.compile(layout, sys_inputs=given, pdf_standards=["ua-1"])
    except typst.TypstError:
        made = typst.compile(layout, sys_inputs=given)
    return _files(made)


def png(asked: dict[str, str]) -> list[bytes]:
    """Return each page as a PNG file."""
    import typst

    layout, given = asked["layout"].encode(), {"data": asked["data"]}
    return _files(typst.compile(layout, sys_inputs=given, format="png", ppi=DOTS_PER_INCH))


def _files(made: bytes | list[bytes] | None) -> list[bytes]:
    return made if isinstance(made, list) else [made or b""]


if __name__ == "__main__":
    main()
