"""Reading the files that coaches write, with errors that a coach can act on."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from bot.errors import ContentError

Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Entry = TypeVar("Entry", bound="ContentModel")


class ContentModel(BaseModel):
    """Base of everything read from a content file: frozen, and an unknown name is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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
        raise error(
            path.name, f"{where}{problem}.", "Check the indentation, and quote text that holds a colon."
        ) from None


def read_model(path: Path, kind: type[Entry], error: type[ContentError]) -> Entry:
    """Return the file as a checked `kind`. Raise `error` that names the place, the fault and the fix."""
    content = read_yaml(path, error)
    if not isinstance(content, dict):
        raise error(path.name, "the file is empty or not a list of names and values.", "See docs/for-coaches.md.")
    try:
        return kind.model_validate(content)
    except ValidationError as fault:
        raise error(path.name, *explain(fault)) from None


def explain(fault: ValidationError) -> tuple[str, str]:
    """Return the first fault of a validation as (what and where, what to do)."""
    first = fault.errors()[0]
    place = " > ".join(str(step) for step in first["loc"]) or "the file"
    if first["type"] == "extra_forbidden":
        return f"{place} is not a name that belongs here.", "Check the spelling, or take it out."
    if first["type"] == "missing":
        return f"{place} is missing.", "Add it; the sample scenario shows where."
    said = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
    return f"{place}: {said}.", "Put that right, then run `alex check` again."
