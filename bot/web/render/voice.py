"""What is drawn of the language model: who speaks, what is sent, and what it wrote on request."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bot.web.render.drawing import counted, draw, look

if TYPE_CHECKING:
    from bot.wordsmith import Question, VoiceCard


def voice(card: "VoiceCard | None") -> str:
    """Return who is speaking and why, what is sent and what it has cost; '' where no model is set."""
    return look(draw("voice.html", card=card)) if card else ""


def other_words(
    card: "VoiceCard | None", prose: str = "", asked: "Sequence[Question] | None" = None, fault: str = ""
) -> str:
    """Return what the model can add to a debrief, with what was asked for."""
    if card is None or not card.on:
        return ""
    count = counted(len(asked or ()), "sentence read otherwise", "sentences read otherwise")
    return look(draw("other_words.html", card=card, prose=prose, asked=asked, fault=fault, count=count))


def answered(card: "VoiceCard | None", sentences: Sequence[Any], fault: str = "") -> str:
    """Return an answer in sentences, each with the words that bear it out."""
    return look(draw("answered.html", card=card, sentences=sentences, fault=fault))
