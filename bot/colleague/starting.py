"""A new scenario to begin with: the template's files, with the colleague's name and pronouns in them."""

from pathlib import Path

from bot.colleague.cards import new_folder
from bot.colleague.scenario import FILES
from bot.errors import ScenarioError, UsageError

TEMPLATE = "_template"
PRONOUNS = {"he": ("he", "him", "his"), "she": ("she", "her", "her"), "they": ("they", "them", "their")}


def start_scenario(prompts: Path, name: str, colleague: str, pronouns: str) -> Path:
    """Write the files of a new scenario and return its folder.

    Raise UsageError for a name that will not do, or is taken, and for pronouns that there are not; ScenarioError where
    the template is missing.
    """
    if pronouns not in PRONOUNS:
        raise UsageError(
            f"{pronouns!r} will not do for pronouns.", "Write he, she or they; change them in the file later."
        )
    if not colleague.strip() or not colleague.replace("-", "").replace(" ", "").isalpha():
        raise UsageError(f"{colleague!r} is no name for a colleague.", "Use a first name, in letters.")
    template = prompts / "scenarios" / TEMPLATE
    if not template.is_dir():
        raise ScenarioError(TEMPLATE, "the folder is missing.", f"It belongs in {template.parent}.")
    folder = new_folder(prompts, name)
    they, them, their = PRONOUNS[pronouns]
    slots = {"SCENARIO": name, "COLLEAGUE": colleague.strip(), "THEY": they, "THEM": them, "THEIR": their}
    folder.mkdir(parents=True)
    for file in FILES:
        text = (template / file).read_text(encoding="utf-8")
        for slot, word in slots.items():
            text = text.replace(f"<{slot}>", word)
        (folder / file).write_text(text, encoding="utf-8")
    return folder
