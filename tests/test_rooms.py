"""Which room may import which: one direction, along the flow."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

BOT = Path(__file__).parent.parent / "bot"
MAY_IMPORT = {
    "errors": set(),
    "settings": {"errors"},
    "content": {"errors"},
    "listen": {"errors", "content"},
    "library": {"errors", "settings", "content", "listen"},
    "colleague": {"errors", "content", "listen"},
    "coach": {"errors", "content", "listen", "colleague"},
    "pictures": {"coach", "colleague"},
    "record": {"errors", "settings", "listen", "colleague"},
    "people": {"errors", "record"},
    "model": {"errors", "settings", "content", "listen", "colleague"},
    "session": {"errors", "listen", "colleague", "coach"},
    "attempts": {"errors", "colleague", "coach", "record"},
    "exports": {"errors", "colleague", "coach", "pictures", "record", "model"},
    "elsewhere": {"errors", "listen", "colleague", "coach", "model", "session", "exports"},
    "reading_room": {"errors", "settings", "library", "record", "people"},
    "sharing": {"errors", "exports", "record"},
    "groups": {"errors", "coach", "exports", "people", "record", "sharing"},
    "learning_record": {"errors", "settings", "record"},
    "studio": {
        "errors",
        "settings",
        "listen",
        "colleague",
        "coach",
        "library",
        "learning_record",
        "record",
        "people",
        "model",
        "session",
        "attempts",
        "exports",
        "elsewhere",
        "wordsmith",
        "reading_room",
        "sharing",
        "groups",
    },
    "wordsmith": {"errors", "settings", "colleague", "coach", "model", "session"},
    "fitness": {"errors", "content", "colleague", "model", "session"},
    "trying": {"errors", "settings", "fitness", "model", "session"},
    "checking": {"errors", "settings", "listen", "colleague", "coach", "library", "model"},
    "measuring": {"content", "errors", "settings", "listen", "colleague", "coach", "library", "session", "elsewhere"},
    "terminal": {"errors", "settings", "listen", "colleague", "coach", "session", "studio"},
    "terminal_elsewhere": {"exports", "elsewhere", "terminal"},
    "doorkeeping": {"errors", "settings", "record", "people"},
    "shelving": {"errors", "settings", "library", "reading_room", "studio"},
    "web": {
        "people",
        "attempts",
        "errors",
        "settings",
        "colleague",
        "coach",
        "pictures",
        "record",
        "library",
        "exports",
        "elsewhere",
        "reading_room",
        "sharing",
        "groups",
        "studio",
        "wordsmith",
    },
}
TOP = {"cli", "__main__", "__init__"}
"""The command line, which may import everything, and does so only inside its commands."""


def room_of(path: Path) -> str:
    return path.relative_to(BOT).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        found |= {name.split(".")[1] for name in names if name.startswith("bot.")}
    return found - {room_of(path)}


@pytest.mark.parametrize("path", sorted(BOT.rglob("*.py")), ids=lambda path: str(path.relative_to(BOT)))
def test_a_room_imports_only_what_it_may(path: Path) -> None:
    room = room_of(path)
    if room in TOP:
        return
    assert room in MAY_IMPORT, f"{room} is a new room: say in MAY_IMPORT what it may import"
    assert imported_rooms(path) <= MAY_IMPORT[room]


@pytest.mark.parametrize(
    ("who", "where"),
    [
        ("chromadb", "library/index.py"),
        ("gradio", "web"),
        ("langchain_openai", "model"),
        ("typst", "exports/press.py"),
        ("httpx2", "learning_record/store.py"),
    ],
)
def test_one_place_knows_each_framework(who: str, where: str) -> None:
    users = [
        path
        for path in BOT.rglob("*.py")
        if f"import {who}" in (text := path.read_text("utf-8")) or f"from {who}" in text
    ]
    strangers = [path for path in users if not str(path.relative_to(BOT)).startswith(where)]
    assert strangers == []


@pytest.mark.parametrize(
    ("command", "unwanted"),
    [
        ("import bot.cli", "gradio chromadb sqlalchemy onnxruntime langchain_core fastapi"),
        ("import bot.session", "gradio chromadb sqlalchemy onnxruntime langchain_core fastapi"),
        ("import bot.studio", "gradio chromadb langchain_core fastapi langchain_openai"),
        ("import bot.library.search", "gradio chromadb fastapi langchain_text_splitters pypdfium2 docx"),
    ],
)
def test_nothing_heavy_is_imported_before_it_is_used(command: str, unwanted: str) -> None:
    check = f"{command}; import sys; print([name for name in {unwanted.split()!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
