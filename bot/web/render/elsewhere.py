"""What is drawn of a conversation held elsewhere."""

from typing import TYPE_CHECKING

from bot.web.render.drawing import draw, look

if TYPE_CHECKING:
    from bot.elsewhere.desk import Brought, Shown


def bring() -> str:
    """Return the form that takes a file or pasted words."""
    return look(draw("bring.html"))


def who_leads(brought: "Brought") -> str:
    """Return the speakers, for one to be named the leader, and the choice to take names out."""
    return look(draw("who_leads.html", brought=brought))


def looked_back(shown: "Shown") -> str:
    """Return the debrief, the ways to take it away, and the whole conversation."""
    return look(draw("looked_back.html", shown=shown, paper=shown.paper, found=shown.paper.afterwards))
