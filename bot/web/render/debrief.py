"""What is drawn on Debrief."""

from typing import TYPE_CHECKING

from bot.coach.as_said import in_words, sold_words, talk_words
from bot.pictures.plots import Mark, plot_key, rating_plot, state_plot
from bot.web.render.drawing import day, draw, look, own

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.attempts import Compared
    from bot.coach.debrief import Debrief
    from bot.studio import View


def nothing_yet(view: "View | None") -> str:
    """Return the screen while there is nothing to look back on."""
    if view is None:
        says = "Here you look back on a conversation, once you have had one."
    elif not view.turns:
        says = "Nothing has been said yet. Say something, then finish, and look back here."
    else:
        says = "The conversation is still open. Finish it, and look back here."
    return look(draw("no_debrief.html", says=says, view=view))


def rating(view: "View", *, opened: bool) -> str:
    """Return the leader's own rating, which comes first."""
    ratings = view.scenario.plot.ratings
    return look(draw("rating.html", view=view, ratings=ratings, rated=view.rated, opened=opened))


def debrief(view: "View", found: "Debrief", levels: "Sequence[str]") -> str:
    """Return everything after the rating, down to the reflection. `levels` are named 0 to 4."""
    name = view.scenario.colleague.name
    marks = [Mark(*mark) for mark in found.marks]
    played = [0, *(shown.turn.number for shown in view.turns if not shown.turn.out_of_role)]
    return look(
        draw(
            "debrief.html",
            view=view,
            debrief=found,
            moments_title=_moments_title(len(found.moments)),
            sold_words=sold_words(found.sold),
            talk_words=talk_words(found.talk, name),
            levels=levels,
            his=own(view.scenario.colleague.their),
            plot_wide=state_plot(found.series, played, marks, name, wide=True),
            plot_narrow=state_plot(found.series, played, marks, name, wide=False),
            plot_key=plot_key(marks),
            views_wide=rating_plot(found.ratings, name, wide=True),
            views_narrow=rating_plot(found.ratings, name, wide=False),
        )
    )


def _moments_title(number: int) -> str:
    """Return what stands above the moments, where there are any."""
    if not number:
        return "Try again"
    return f"{in_words(number)} {'moment' if number == 1 else 'moments'} to try again".capitalize()


def tries(compared: "Compared", name: str) -> str:
    """Return two tries at one conversation, beside each other."""
    heads = {"first": f"First try, {day(compared.first.created)}", "again": f"Again, {day(compared.again.created)}"}
    return look(draw("tries.html", tries=compared.tries, others=compared.others, name=name, **heads))


def taking_away(view: "View") -> str:
    """Return the ways to keep it or go on."""
    return look(draw("taking_away.html", id=view.id))
