"""What is drawn on Rehearse."""

import html
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from bot.web.render.drawing import draw, look
from bot.web.render.prepare import note_words

if TYPE_CHECKING:
    from bot.coach.wording import Worded
    from bot.colleague.turn import Turn
    from bot.studio import View

SEVEN_MINUTES = timedelta(minutes=7)


def messages(view: "View") -> list[Any]:
    """Return the conversation as a chatbot takes it, the colleague's opening first."""
    found = [_message("assistant", view.opening)]
    for shown in view.turns:
        found += [_message("user", shown.turn.words), _answer(shown.turn)]
    return found


def with_words(view: "View", words: str) -> list[Any]:
    """Return the conversation with words that are being answered at the end."""
    return [*messages(view), _message("user", words)]


def head(view: "View") -> str:
    """Return the title, the brief and notes, and in seven minutes the clock."""
    notes = [
        (note_words(which, view.scenario)[0], words) for which, words in view.notes.items() if words and which in NOTED
    ]
    ends = int((view.started + SEVEN_MINUTES).timestamp() * 1000)
    name = css_string(view.scenario.colleague.name)
    return look(draw("room_head.html", view=view, plot=view.scenario.plot, notes=notes, ends=ends, css_name=name))


def margin(view: "View", *, asked: bool = False) -> str:
    """Return the coach's notes beside the script. In seven minutes they wait until `asked`."""
    alone = view.mode == "alone" and not view.ending
    waits = view.mode == "seven" and not asked and not view.ending
    last = view.turns[-1] if view.turns else None
    return look(
        draw(
            "margin.html",
            view=view,
            person=view.scenario.colleague,
            last=last,
            waits=waits,
            alone=alone,
            coach=not alone,
        )
    )


def offer(wording: "Worded") -> str:
    """Return up to three other ways to say it, with why."""
    return look(draw("offer.html", wording=wording))


def closed(view: "View") -> str:
    """Return what stands where the box was once a conversation is finished."""
    endings = {ending.id: ending.name.lower() for ending in view.scenario.plot.endings}
    said = next((name for which, name in endings.items() if which == view.ending), str(view.ending))
    return look(draw("closed_room.html", ending=said, id=view.id))


def empty_room() -> str:
    """Return the screen before any conversation."""
    return look(draw("empty_room.html"))


def thinking(name: str) -> str:
    """Return the calm line while the colleague's answer is on its way."""
    return f'<p class="waiting">{html.escape(name)} is thinking.</p>'


def css_string(words: str) -> Markup:
    """Return the words as a CSS string that cannot end early, whatever they hold."""
    safe = "".join(char if char.isalnum() or char in " -." else f"\\{ord(char):x} " for char in words)
    return Markup(f'"{safe}"')  # noqa: S704  (nothing is left in it but letters, digits and escapes)


def _answer(turn: "Turn") -> dict[str, Any]:
    return _message("assistant", turn.line, "aside" if turn.out_of_role else "line")


def _message(role: str, words: str, kind: str = "line") -> dict[str, Any]:
    """Return one message as one block of HTML: Markdown inside it is left as it was written."""
    if not words:
        words, kind = "These words are not kept.", "unkept"
    said = html.escape(words).replace("\r", "").replace("\n", "<br>")
    return {"role": role, "content": f'<div class="{kind}">{said}</div>'}


NOTED = ("beliefs", "actions", "consequences", "guess", "unsaid")
