"""Reading the files that coaches write, with errors that a coach can act on."""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from bot.errors import ContentError

MOST_NAMED = 24
"""Names listed where none is near."""
Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Entry = TypeVar("Entry", bound="ContentModel")


class ContentModel(BaseModel):
    """Base of everything read from a content file: frozen, and an unknown name is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is not a pattern: {error}") from error
    return pattern


Pattern = Annotated[str, AfterValidator(_compiles)]
Patterns = list[Pattern]
"""Regular expressions, each tried when the file is read."""


def read_yaml(path: Path, error: type[ContentError]) -> Any:
    """Return what the YAML file holds. Raise `error` with the line if it cannot be read."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=Loader)  # noqa: S506  (a safe loader, in C)
    except FileNotFoundError:
        raise error(path.name, "the file is missing.", f"It belongs in {path.parent}.") from None
    except UnicodeDecodeError:
        raise error(path.name, "the file is not plain text in UTF-8.", "Save it again as UTF-8.") from None
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        problem = getattr(fault, "problem", None) or "not valid YAML"
        raise error(path.name, f"{where}{problem}.", _yaml_fix(path, mark.line if mark else 0)) from None


def _yaml_fix(path: Path, line: int) -> str:
    """Return what to do about a line that is no YAML."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if "\t" in "".join(lines[line : line + 1]):
        return "There is a tab in that line; indent with spaces."
    return "Check the indentation, and quote text that holds a colon."


def read_model(path: Path, kind: type[Entry], error: type[ContentError]) -> Entry:
    """Return the file as a checked `kind`. Raise `error` that names the line, the place, the fault and the fix."""
    content = read_yaml(path, error)
    if not isinstance(content, dict):
        raise error(path.name, "the file is empty or not a list of names and values.", "See docs/for-coaches.md.")
    try:
        return kind.model_validate(content)
    except ValidationError as fault:
        what, fix = explain(fault, Places(path))
        raise error(path.name, what, fix) from None


class Places:
    """Where things stand in a YAML file, for errors. Reads the file only when asked."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def at(self, steps: Sequence[str | int]) -> str:
        """Return "line 41: topics > last_tuesday > lines > 6" for the way to a value; items count from 1."""
        node = self._root
        line, named = 0, []
        for step in steps:
            child, line = _child(node, step, line)
            named.append(_id_of(child) or str(step + 1) if isinstance(step, int) else step)
            node = child
        where = " > ".join(named) or "the file"
        return f"line {line + 1}: {where}" if self._root is not None else where

    @cached_property
    def _root(self) -> yaml.Node | None:
        found: yaml.Node | None = yaml.compose(self._path.read_text(encoding="utf-8"), Loader=Loader)
        return found


def _child(node: yaml.Node | None, step: str | int, line: int) -> tuple[yaml.Node | None, int]:
    """Return the value that a step leads to and its line; (None, the line before) where there is none."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return value, key.start_mark.line
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step].start_mark.line
    return None, line


def _id_of(node: yaml.Node | None) -> str:
    """Return what an item of a list is called: by its id, or the number of its layer."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    named = {key.value: value.value for key, value in pairs if key.value in {"id", "layer"}}
    return str(named["id"]) if "id" in named else f"layer {named['layer']}" if "layer" in named else ""


def explain(fault: ValidationError, places: Places | None = None) -> tuple[str, str]:
    """Return the first fault of a validation as (what and where, what to do)."""
    first = fault.errors()[0]
    steps = [step for step in first["loc"] if step != "[key]"]
    place = places.at(steps) if places else " > ".join(map(str, steps)) or "the file"
    if first["type"] == "extra_forbidden":
        return f"{place} is not a name that belongs here.", "Check the spelling, or take it out."
    if first["type"] == "missing":
        return f"{place} is missing.", "Add it; the sample scenario shows where."
    said = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
    return f"{place}: {said}.", "Put that right, then run `alex check` again."


def likeliest(word: str, known: Iterable[str], kind: str) -> str:
    """Return what to do about a name that is not known: the nearest one, or all of them."""
    names = sorted(known)
    near = get_close_matches(word, names, n=1, cutoff=0.6)
    if near:
        return f"Did you mean {near[0]!r}?"
    more = len(names) - MOST_NAMED
    return f"{kind} are {', '.join(names[:MOST_NAMED])}{f' and {more} more' if more > 0 else ''}."
