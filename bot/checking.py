"""`alex check`: every file a coach can edit, with all the faults found and not only the first."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bot.coach.log import load_log_words
from bot.coach.words import load_coach_words, load_rubric
from bot.colleague.cues import load_cues
from bot.colleague.levels import load_levels
from bot.colleague.loading import load_scenario
from bot.errors import AlexError, ArticleError, ScenarioError
from bot.listen.codebook import load_codebook
from bot.listen.encoder import shared_encoder
from bot.listen.outside import load_outside
from bot.model.prompts import load_prompt, task_names
from bot.settings import Settings


@dataclass
class Checked:
    """What is in order, in sentences, and what is not."""

    good: list[str] = field(default_factory=list)
    faults: list[AlexError] = field(default_factory=list)

    def look(self, name: str, load: Callable[[], Any], count: Callable[[Any], str] = lambda _: "") -> None:
        """Load one file and note how it went."""
        try:
            loaded = load()
        except AlexError as fault:
            self.faults.append(fault)
        else:
            self.good.append(f"{name} is in order{count(loaded)}.")


def check_everything(settings: Settings) -> Checked:
    """Return what is in order and what is not: codebook, cues, guard, rubric, coach, scenarios, articles."""
    checked, prompts, encoder = Checked(), settings.prompts, shared_encoder()
    checked.look("codebook.yaml", lambda: load_codebook(prompts))
    checked.look("cues.yaml", lambda: load_cues(prompts, encoder))
    checked.look("levels.yaml", lambda: load_levels(prompts))
    checked.look("outside.yaml", lambda: load_outside(prompts, encoder))
    checked.look("rubric.yaml", lambda: load_rubric(prompts))
    checked.look("practice.yaml", lambda: load_log_words(prompts))
    checked.look("coach.yaml", lambda: load_coach_words(prompts))
    for task in task_names(prompts):
        checked.look(f"The prompt {task}.md", lambda task=task: load_prompt(prompts, task))  # type: ignore[misc]
    names = _scenario_folders(prompts)
    if not names:
        checked.faults.append(
            ScenarioError("prompts/scenarios", "there is no scenario.", "Put a folder with a scenario.yaml there.")
        )
    for name in names:
        checked.look(
            f"The scenario {name}",
            lambda name=name: load_scenario(prompts, name),  # type: ignore[misc]
            lambda one: f", with {one.lines.count()} lines and {len(one.lines.topics)} topics",
        )
    _check_articles(checked, settings)
    return checked


def _scenario_folders(prompts: Path) -> list[str]:
    """Return the names of all scenario folders, those without a scenario.yaml included."""
    folder = prompts / "scenarios"
    found = sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    return [name for name in found if not name.startswith((".", "_"))]


def _check_articles(checked: Checked, settings: Settings) -> None:
    for path in sorted((settings.knowledge / "articles").glob("*.md")):
        checked.look(f"The article {path.name}", lambda path=path: _load_article(path))  # type: ignore[misc]


def _load_article(path: Path) -> None:
    """Read an article of our own, which must say at its top what it is. Raise ArticleError."""
    from bot.library.loading import load

    load(path)
    facts = read_front_matter(path)
    if not facts.get("title"):
        raise ArticleError(path.name, "it does not say its title at the top.", "Begin it like the articles beside it.")


def read_front_matter(path: Path) -> dict[str, Any]:
    """Return what stands between the two lines of dashes at the top. Raise ArticleError if it is no list of names."""
    parts = path.read_text(encoding="utf-8-sig").split("---\n", 2)
    if len(parts) < 3 or parts[0].strip():
        raise ArticleError(path.name, "the lines about it at the top have no end.", "Close them with a line of ---.")
    facts = yaml.safe_load(parts[1])
    if not isinstance(facts, dict):
        raise ArticleError(path.name, "the top is not a list of names and values.", "Write `title: …` and so on.")
    return facts
