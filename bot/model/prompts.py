"""Prompt files: one a task, its inputs declared. A name that does not match is an error when it is loaded."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import frontmatter
import yaml
from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import Field, ValidationError

from bot.content import ContentModel, explain
from bot.errors import PromptError
from bot.model.inputs import TASKS

PARTS = ("Instructions", "Conversation")
HEADING = re.compile(rf"^# ({'|'.join(PARTS)})[ \t]*$", re.MULTILINE)


class Front(ContentModel):
    """The front matter of a prompt file."""

    task: str
    says: str = Field(min_length=1)
    """What the prompt is for, in a sentence."""
    inputs: list[str]


@dataclass(frozen=True)
class Asked:
    """A prompt filled in: what the model is told, and what it is given to work on."""

    instructions: str
    conversation: str


@dataclass(frozen=True)
class Prompt:
    """A prompt file that has been read and checked."""

    file: str
    front: Front
    instructions: Template
    conversation: Template
    mark: str
    """The first twelve digits of the file's SHA-256: which wording of the prompt it was."""

    def render(self, **given: Any) -> Asked:
        """Return the prompt with its inputs filled in. Raise PromptError for one that is missing."""
        if missing := [name for name in self.front.inputs if name not in given]:
            raise PromptError(self.file, f"the input {missing[0]!r} was not passed.", _inputs_are(given))
        inputs = {name: given[name] for name in self.front.inputs}
        try:
            return Asked(_filled(self.instructions, inputs), _filled(self.conversation, inputs))
        except TemplateError as error:
            raise PromptError(self.file, f"cannot be filled in: {error.message}.", _inputs_are(inputs)) from None
        except TypeError:
            raise PromptError(self.file, "an input is not of the kind it is used as.", _inputs_are(inputs)) from None


def load_prompt(prompts: Path, task: str) -> Prompt:
    """Return the prompt of a task, tried out once. Raise PromptError that names the file, the fault and the fix."""
    path = prompts / "tasks" / f"{task}.md"
    try:
        words = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise PromptError(path.name, "the file is missing.", f"It belongs in {path.parent}.") from None
    except (UnicodeDecodeError, OSError):
        raise PromptError(path.name, "the file cannot be read as text.", "Save it again as UTF-8.") from None
    front, body = _parted(path.name, words)
    if front.task != task:
        raise PromptError(path.name, f"task is {front.task!r}, but the file is {task!r}.", "Make them the same.")
    mark = hashlib.sha256(words.encode()).hexdigest()[:12]
    prompt = Prompt(path.name, front, *_templates(path.name, front, words, body), mark)
    prompt.render(**TASKS[task])
    return prompt


def check(prompts: Path) -> list[PromptError]:
    """Return everything wrong with the prompt files in `prompts`/tasks: at most one fault a file."""
    faults = []
    for task in task_names(prompts):
        try:
            if task not in TASKS:
                raise PromptError(f"{task}.md", "there is no such task.", f"Tasks are {', '.join(TASKS)}.")
            load_prompt(prompts, task)
        except PromptError as fault:
            faults.append(fault)
    return faults


def task_names(prompts: Path) -> list[str]:
    """Return the tasks that there are, and those for which somebody wrote a file."""
    files = {path.stem for path in (prompts / "tasks").glob("*.md") if path.stem.lower() != "readme"}
    return sorted({*TASKS, *files})


def _parted(file: str, words: str) -> tuple[Front, str]:
    try:
        post = frontmatter.loads(words)
        return Front.model_validate(post.metadata), post.content
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        where = f"line {mark.line + 2}: " if mark else ""
        raise PromptError(
            file, f"{where}the front matter is not valid YAML.", "Quote text that holds a colon."
        ) from None
    except ValidationError as fault:
        raise PromptError(file, *explain(fault)) from None


def _templates(file: str, front: Front, words: str, body: str) -> tuple[Template, Template]:
    headings = list(HEADING.finditer(body))
    if tuple(match.group(1) for match in headings) != PARTS:
        raise PromptError(file, "it needs two parts.", f"Head them '# {PARTS[0]}' and '# {PARTS[1]}', in this order.")
    first = words[: words.index(body)].count("\n")
    parts = [(headings[0].end(), headings[1].start()), (headings[1].end(), len(body))]
    sources = ["\n" * (first + body[:start].count("\n")) + body[start:end] for start, end in parts]
    _check_names(file, front, sources)
    instructions, conversation = (_kitchen().from_string(source) for source in sources)
    return instructions, conversation


def _check_names(file: str, front: Front, sources: list[str]) -> None:
    used: set[str] = set()
    for source in sources:
        try:
            tree = _kitchen().parse(source)
            _kitchen().compile(tree)
        except TemplateSyntaxError as fault:
            raise PromptError(file, f"line {fault.lineno}: {fault.message}.", "Check the braces.") from None
        used |= meta.find_undeclared_variables(tree)
    declared, passed = front.inputs, TASKS.get(front.task, {})
    if unknown := sorted(used - set(declared)):
        raise PromptError(file, f"uses {unknown[0]!r}, which its inputs do not list.", _inputs_are(declared))
    if idle := [name for name in declared if name not in used]:
        raise PromptError(file, f"lists the input {idle[0]!r} and does not use it.", "Use it, or take it out.")
    if strange := [name for name in declared if name not in passed]:
        raise PromptError(file, f"lists the input {strange[0]!r}, which nobody passes.", _inputs_are(passed))


def _inputs_are(names: Any) -> str:
    return f"Inputs are {', '.join(sorted(names))}."


def _filled(template: Template, inputs: Mapping[str, Any]) -> str:
    return re.sub(r"\n{3,}", "\n\n", template.render(**inputs)).strip()


@lru_cache(maxsize=1)
def _kitchen() -> ImmutableSandboxedEnvironment:
    """Return where templates are made: undefined names are errors. Nothing is escaped, for nothing here is HTML."""
    return ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
