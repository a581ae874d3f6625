"""Character cards (V3, JSON): a scenario in the form in which other programs pass characters on.

A public card shows what anybody may know beforehand: the brief, the first lines, nothing that has to be earned. A
facilitator's card carries the whole scenario under `extensions.alex`, and can be read in again. Whatever else a card
holds is kept beside the scenario, and comes out again with it.
Source: the Character Card V3 specification (kwaroran, 2023).
"""

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from bot.colleague.answers import read_answers, write_answers
from bot.colleague.loading import load_scenario
from bot.colleague.scenario import ANSWERS, FILES, MORE, Scenario
from bot.content import read_yaml
from bot.errors import AlexError, ScenarioError, UsageError

SPEC, SPEC_VERSION = "chara_card_v3", "3.0"
KEPT = "card.json"
"""What a card held beyond the scenario, in the scenario's folder."""
LABEL = "A simulated colleague for rehearsing a difficult conversation in a school. Practice, never appraisal."
LARGEST = 8_000_000
"""Bytes of a card that is read."""
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def card_of(prompts: Path, scenario: Scenario, *, facilitator: bool) -> dict[str, Any]:
    """Return the scenario as a card; with everything that is hidden for a facilitator, without it for anybody else."""
    kept = _kept(prompts / "scenarios" / scenario.name)
    known, shown = kept.get("data", {}), _shown(scenario)
    data = {**known, **{name: value or known.get(name, value) for name, value in shown.items()}}
    whole = {"files": _files(prompts, scenario.name)} if facilitator else {}
    data["extensions"] = {**known.get("extensions", {}), "alex": {"scenario": scenario.name, **whole}}
    return {**kept, "spec": SPEC, "spec_version": SPEC_VERSION, "data": data}


def read_card(path: Path) -> dict[str, Any]:
    """Return a card from a file. Raise UsageError for anything that is no V3 card in JSON."""
    fix = "Export it again as a V3 card in JSON."
    try:
        if path.stat().st_size > LARGEST:
            raise UsageError(f"{path} is too large for a card.", fix)
        card = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise UsageError(f"There is no file {path}.", "Name a character card.") from None
    except (OSError, ValueError, RecursionError):
        raise UsageError(f"{path} is not a card in JSON.", fix) from None
    if not isinstance(card, dict) or card.get("spec") != SPEC or not isinstance(card.get("data"), dict):
        raise UsageError(f"{path} is not a character card of version 3.", fix)
    return card


def take_in(prompts: Path, card: Mapping[str, Any], name: str | None = None) -> Scenario:
    """Write the scenario of a facilitator's card into the folder of scenarios, and return it.

    Raise UsageError for a card without one, or a name that is taken or is no name for a folder; ScenarioError where
    the scenario does not hold together. Then nothing is written.
    """
    within = card["data"].get("extensions")
    own = within.get("alex") if isinstance(within, dict) else None
    files = own.get("files") if isinstance(own, dict) else None
    if not isinstance(files, dict) or any(not isinstance(files.get(file), dict) for file in FILES):
        raise UsageError("This card holds no scenario, only what is shown.", "Ask for the facilitator's card.")
    called = name or str(files["scenario.yaml"].get("name", ""))
    folder = new_folder(prompts, called)
    try:
        folder.mkdir(parents=True)
        for file in (*FILES, *([MORE] if isinstance(files.get(MORE), dict) else [])):
            content = files[file] | {"name": called} if file == "scenario.yaml" else files[file]
            _write(folder / file, content)
        if isinstance(files.get(ANSWERS), dict):
            write_answers(folder, files[ANSWERS])
        (folder / KEPT).write_text(json.dumps(_without_own(card), ensure_ascii=False, indent=2), encoding="utf-8")
        return load_scenario(prompts, called)
    except (AlexError, OSError, yaml.YAMLError):
        shutil.rmtree(folder, ignore_errors=True)
        raise


def new_folder(prompts: Path, name: str) -> Path:
    """Return the folder for a new scenario. Raise UsageError where the name will not do, or is taken."""
    if not NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot name a scenario.", "Use small letters, digits and hyphens: priya-phonics.")
    folder = prompts / "scenarios" / name
    if folder.exists():
        raise UsageError(f"There is a scenario {name!r} already.", "Choose another name.")
    return folder


def _shown(scenario: Scenario) -> dict[str, Any]:
    plot, person = scenario.plot, scenario.colleague
    brief = "\n".join([*plot.brief.situation, *(f"- {known}" for known in plot.brief.you_know)])
    openings = [line.say for line in scenario.lines.openings]
    return {
        "name": person.name,
        "description": plot.note,
        "personality": "",
        "scenario": brief,
        "first_mes": openings[0],
        "alternate_greetings": openings[1:],
        "mes_example": "",
        "creator_notes": f"{LABEL} {plot.brief.worth_leaving_with}",
        "system_prompt": "",
        "post_history_instructions": "",
        "tags": ["rehearsal", "schools", "simulated colleague"],
        "creator": "",
        "character_version": scenario.fingerprint,
        "group_only_greetings": [],
    }


def _files(prompts: Path, name: str) -> dict[str, Any]:
    folder = prompts / "scenarios" / name
    there = [file for file in (*FILES, MORE) if file in FILES or (folder / file).is_file()]
    found = {file: read_yaml(folder / file, ScenarioError) for file in there}
    answers = read_answers(folder)
    return found | {ANSWERS: answers} if answers else found


def _kept(folder: Path) -> dict[str, Any]:
    path = folder / KEPT
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise ScenarioError(KEPT, "it is not JSON.", "Take the file out, or put it right.") from None
    return found if isinstance(found, dict) else {}


def _without_own(card: Mapping[str, Any]) -> dict[str, Any]:
    extensions = {name: one for name, one in card["data"].get("extensions", {}).items() if name != "alex"}
    return {**card, "data": {**card["data"], "extensions": extensions}}


def _write(path: Path, content: Mapping[str, Any]) -> None:
    text = yaml.safe_dump(dict(content), allow_unicode=True, sort_keys=False, width=120)
    path.write_text(text, encoding="utf-8")
