"""A hundred single mistakes in a scenario's files: each is named with its file, its line and what to do about it."""

import random
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.colleague.loading import load_scenario
from bot.errors import ScenarioError
from bot.settings import PACKAGE

PROMPTS = PACKAGE.parent / "prompts"
NAME = "alex-geography"
FILES = ("scenario.yaml", "lines.yaml", "example.yaml")
Mistake = tuple[str, str, str]
"""(what it is, the file, the file's text with the mistake in it)."""


def texts() -> dict[str, str]:
    return {file: (PROMPTS / "scenarios" / NAME / file).read_text(encoding="utf-8") for file in FILES}


def once(text: str, old: str, new: str) -> str:
    assert old in text, old
    return text.replace(old, new, 1)


def mistakes() -> Iterator[Mistake]:
    """Yield a hundred and more, most of them made by rule all over the files."""
    whole = texts()
    yield from by_hand(whole)
    for file, text in whole.items():
        yield from names_mistyped(file, text)
        yield from names_taken_out(file, text)
        yield from colons_lost(file, text)
        yield from columns_lost(file, text)


def by_hand(whole: dict[str, str]) -> Iterator[Mistake]:
    plot, lines = whole["scenario.yaml"], whole["lines.yaml"]
    for what, old, new in (
        ("value mistyped", "understood: 10", "understod: 10"),
        ("value above 100", "safety: 60", "safety: 160"),
        ("value no number", "safety: 60", "safety: high"),
        ("value missing", "safety: 60, ", ""),
        ("condition without sign", '">=40"', '"40"'),
        ("condition no number", '"<50"', '"<half"'),
        ("move unknown", "{move: closed_question}", "{move: shut_question}"),
        ("focus unknown", "[action, other, cause, consequence]", "[acts, other]"),
        ("form unknown", "form: [invites_criticism]", "form: [invites_critics]"),
        ("layer beyond", "- layer: 3\n", "- layer: 7\n"),
        ("layer twice", "- layer: 3\n", "- layer: 2\n"),
        ("fact twice", "id: same_units", "id: results_fine"),
        ("fact's layer a word", "layer: 1\n    part", "layer: one\n    part"),
        ("part unknown", "part: action", "part: acts"),
        ("trial no fact", "trial: trial_guttering", "trial: trial_gutter"),
        ("condition no fact", "condition: write_up_goes", "condition: write_up"),
        ("hint no fact", "hints: [nothing_dropped]", "hints: [nothing_drop]"),
        ("topic of the step unknown", "topics: [what_try", "topics: [what_tried"),
        ("condition topic unknown", "condition_topic: write_up", "condition_topic: writeup"),
        ("ending unknown", "- id: shutdown", "- id: shut_down"),
        ("ending twice", "- id: shutdown", "- id: stand_off"),
        ("rating's source unknown", "from: concern", "from: worry"),
        ("manner upside down", "{middle: 30, high: 58}", "{middle: 60, high: 58}"),
        ("name not the folder", "name: alex-geography", "name: alex-history"),
        ("title too long", "title: Alex, and last year's geography", f"title: {'long ' * 12}"),
        ("nothing to give back", "said_back:\n      - So as you see", "said_back: []\n    m:\n      - So as you see"),
        ("empty name", "  name: Alex", '  name: ""'),
        ("fact renamed, lines not", "  - id: same_sheet", "  - id: same_sheets"),
        ("tab", "  - id: same_sheet", "\t- id: same_sheet"),
    ):  # fmt: skip
        yield what, "scenario.yaml", once(plot, old, new)
    for what, old, new in (
        ("fact unknown", "fact: same_sheet}", "fact: same_shet}"),
        ("needs unknown", "needs: [finished_is_learning]", "needs: [finished]"),
        ("manner unknown", "manner: [low, middle]", "manner: [low, medium]"),
        ("after unknown", "after: [", "after: [asking, "),
        ("say empty", 'say: "Rivers. It\'s on the timetable."', 'say: ""'),
        ("say a number", 'say: "Rivers. It\'s on the timetable."', "say: 12"),
        ("say missing", '{say: "The books will tell you.", ', "{"),
        ("line twice", "The books will tell you.", "Rivers. It's on the timetable."),
        ("slot unknown", "'{word}.' Whose word's that?", "'{wrd}.' Whose word's that?"),
        ("situation mistyped", "  - id: frozen", "  - id: frozzen"),
        ("situation twice", "  - id: frozen", "  - id: pressed"),
        ("topic twice", "  - id: slides", "  - id: inset"),
        ("topic renamed, step not", "  - id: what_try", "  - id: what_tried"),
        ("question's topic unknown", "topic: guttering}", "topic: gutter}"),
        ("thought at nothing", "at: open_question", "at: open_questions"),
        ("key mistyped", "manner: [low, middle]", "maner: [low, middle]"),
        ("bracket not closed", "manner: [low, middle]}", "manner: [low, middle}"),
        ("because unknown", "because: why_same", "because: why_sane"),
        ("until unknown", "until: [", "until: [gone, "),
        ("form of question unknown", "asked: who", "asked: whom"),
        ("quotation mark lost", 'say: "The books will tell you."', 'say: "The books will tell you.'),
    ):
        yield what, "lines.yaml", once(lines, old, new)


def names_mistyped(file: str, text: str) -> Iterator[Mistake]:
    """The first letter of a name lost: `note:` as `ote:`."""
    for found in chosen(re.finditer(r"(?m)^ *(?:- )?([a-z_]{4,}):", text), f"{file} typed", 14):
        at = found.start(1)
        yield f"{found.group(1)} mistyped, at {at}", file, text[:at] + text[at + 1 :]


def names_taken_out(file: str, text: str) -> Iterator[Mistake]:
    """A name with its one-line value gone."""
    for found in chosen(re.finditer(r"(?m)^ *(?!because)([a-z_]{4,}): [^\n\[{>]+\n(?! *-)", text), f"{file} out", 12):
        yield f"{found.group(1)} gone, at {found.start()}", file, text[: found.start()] + text[found.end() :]


def colons_lost(file: str, text: str) -> Iterator[Mistake]:
    for found in chosen(re.finditer(r"(?m)^ *(?:- )?[a-z_]{4,}(:) ?\S", text), f"{file} colon", 6):
        yield f"colon lost, at {found.start(1)}", file, text[: found.start(1)] + text[found.start(1) + 1 :]


def columns_lost(file: str, text: str) -> Iterator[Mistake]:
    for found in chosen(re.finditer(r"(?m)^    +(?=[a-z_]{4,}: )", text), f"{file} column", 6):
        yield f"out of its column, at {found.start()}", file, text[: found.start()] + " " + text[found.start() :]


def chosen(found: Iterator[re.Match[str]], seed: str, most: int) -> list[re.Match[str]]:
    every = list(found)
    return random.Random(seed).sample(every, min(most, len(every)))


ALL = list(mistakes())


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Path]:
    """Put one spoilt file into a copy of the prompts that is otherwise whole."""
    prompts = tmp_path_factory.mktemp("prompts")
    shutil.copytree(PROMPTS / "scenarios" / NAME, prompts / "scenarios" / NAME)
    whole = texts()

    def spoil(file: str, text: str) -> Path:
        for other in FILES:
            content = text if other == file else whole[other]
            (prompts / "scenarios" / NAME / other).write_text(content, encoding="utf-8")
        return prompts

    return spoil


def test_there_are_a_hundred() -> None:
    assert len(ALL) >= 100


@pytest.mark.parametrize(("what", "file", "text"), ALL, ids=[f"{file}: {what}" for what, file, _ in ALL])
def test_a_single_mistake_is_named_with_file_line_fault_and_fix(
    spoilt: Callable[[str, str], Path], what: str, file: str, text: str
) -> None:
    with pytest.raises(ScenarioError) as refusal:
        load_scenario(spoilt(file, text), NAME)
    named = refusal.value
    assert named.file in FILES, what
    assert named.file == file or "renamed" in what or "unknown" in what
    assert re.search(r"line \d+", named.fault), named.fault
    assert named.fix.endswith((".", "?")), named
    assert len(named.fault) < 400


def test_with_the_mistake_put_right_it_loads_again(spoilt: Callable[[str, str], Path]) -> None:
    assert load_scenario(spoilt("lines.yaml", texts()["lines.yaml"]), NAME).name == NAME
