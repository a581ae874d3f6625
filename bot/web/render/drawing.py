"""Templates become HTML. Whatever is passed in is escaped; only what this package drew itself is not."""

from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.coach.as_said import in_words
from bot.errors import AlexError
from bot.record.unkept import UNTOUCHED

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
ENDINGS = {
    "joint_step": "A step you both chose",
    "shared_problem": "A shared problem, no step",
    "facade_yes": "A yes that meant no",
    "stand_off": "A stand-off",
    "shutdown": "It closed down",
    "pleasant": "Pleasant, and nothing moved",
    "unfinished": "Stopped before the end",
}
"""Used in lists, where no scenario is open; a conversation's own page takes its scenario's words."""


@cache
def templates() -> Environment:
    """Return the templates; a name that nobody passes is an error."""
    found = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals.update(turns_said=turns_said, day=day, moment=moment, ending_said=ending_said, sentence=sentence)
    found.globals |= {"kept_on": "laptop", "keeps_nothing": False, "nothing_kept": nothing_kept}
    return found


def draw(template: str, **values: Any) -> Markup:
    """Return the template filled with the values, as HTML that may be put into a page."""
    return Markup(templates().get_template(template).render(**values))  # noqa: S704  (autoescape is on)


def look(*parts: str) -> str:
    """Return the parts as one block in the look of Alex."""
    return f'<div class="look">{"".join(parts)}</div>'


def notice(error: AlexError) -> str:
    """Return what went wrong and what to do, as a box that a screen reader announces."""
    return look(draw("notice.html", fault=error.fault, fix=error.fix))


def told(what: str) -> str:
    """Return the line that says what a learning record store is told; `what` as a clause."""
    return look(draw("told.html", what=what))


def strip(name: str) -> str:
    """Return the label that stands on every screen."""
    return look(draw("strip.html", name=name))


def mast(where: str, *, account: bool = False) -> str:
    """Return the masthead; `where` says what leaves this computer, `account` whether people sign in here."""
    return draw("mast.html", where=where, account=account)


def where_kept(on: str, *, keeps_nothing: bool) -> None:
    """Say from now on what everything is kept on, this 'laptop' or a 'server', and whether nothing is."""
    templates().globals |= {"kept_on": on, "keeps_nothing": keeps_nothing}


def nothing_kept(of: str = "this", *, brief: bool = False) -> str:
    """Return what holds of a conversation of which nothing is kept; `brief` for where room is dear."""
    goes = "sign out of Alex" if templates().globals["kept_on"] == "server" else "close Alex"
    untouched = f", or when you leave it alone for {in_words(UNTOUCHED // timedelta(hours=1))} hours"
    goes += "" if brief else untouched
    return f"Nothing of {of} is kept. It is gone when you {goes}; save it first if you want it."


def nothing_kept_line() -> str:
    """Return the same as a line of its own."""
    return f'<p class="nothing-kept">{nothing_kept()}</p>'


def counted(number: int, one: str, many: str) -> str:
    """Return the number with its noun, ready to begin a sentence."""
    return f"{in_words(number)} {one if number == 1 else many}".capitalize()


def sentence(words: str) -> str:
    """Return the words ready to begin a sentence."""
    return words[:1].upper() + words[1:]


def turns_said(number: int) -> str:
    """Return a number of turns in words."""
    return f"{in_words(number)} {'turn' if number == 1 else 'turns'}"


def day(when: datetime) -> str:
    """Return a day as people say it: today 15:52, or 12 November."""
    local = when.astimezone()
    now = datetime.now().astimezone()
    if local.date() == now.date():
        return f"today {local:%H:%M}"
    year = f" {local.year}" if local.year != now.year else ""
    return f"{local.day} {local:%B}{year}"


def moment(when: datetime) -> str:
    """Return a day and a time in full: Saturday 21 November, 15:52."""
    local = when.astimezone()
    return f"{local:%A} {local.day} {local:%B}, {local:%H:%M}"


def ending_said(ending: str | None) -> str:
    """Return an ending in a few words; None is a conversation that is still open."""
    return "Still open" if ending is None else ENDINGS.get(ending, ending.replace("_", " ").capitalize())


def own(their: str) -> str:
    """Return the possessive that stands alone: his, hers, theirs."""
    return their if their.endswith("s") else f"{their}s"
