"""A form that a model fills in: by whichever way its server can, and read with patience."""

import json
import re
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bot.model.prompts import Asked

Form = TypeVar("Form", bound=BaseModel)
FENCE = re.compile(r"```(?:json)?\s*(.*?)```", re.DOTALL)
ASKS = "\n\nAnswer with one JSON object and nothing else. It has this form (JSON Schema):\n"


def schema_of(form: type[BaseModel]) -> dict[str, Any]:
    """Return the form as a JSON schema with a name, as LangChain takes it: every field asked for, no others allowed."""
    schema = form.model_json_schema()
    for part in (schema, *schema.get("$defs", {}).values()):
        if part.get("type") == "object":
            part["required"] = list(part.get("properties", {}))
            part["additionalProperties"] = False
    return {"description": (form.__doc__ or form.__name__).splitlines()[0], **schema, "title": form.__name__}


def asks_for_json(asked: Asked, form: type[BaseModel]) -> Asked:
    """Return the prompt so that a server without any way of filling in forms does it in words."""
    return Asked(asked.instructions + ASKS + json.dumps(schema_of(form)), asked.conversation)


def read_form(text: str, form: type[Form]) -> Form | None:
    """Return the form in an answer, or None: bare JSON, in a fence, with talk around it, or with a comma too many."""
    for found in _candidates(text):
        for tried in (found, re.sub(r",(\s*[}\]])", r"\1", found)):
            try:
                return form.model_validate(json.loads(tried, strict=False))
            except (ValueError, ValidationError):
                continue
    return None


def _candidates(text: str) -> list[str]:
    """Return the parts of the text that may be the object, the likeliest first."""
    fenced = FENCE.findall(text)
    first, last = text.find("{"), text.rfind("}")
    within = [text[first : last + 1]] if 0 <= first < last else []
    return [text, *fenced, *within]
