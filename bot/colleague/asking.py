"""What kind of question it is: its form ("who?", "how many?"), and whether it only carries on from what was said."""

from bot.colleague.cues import CueFile, plain
from bot.colleague.hearing import stems

LONGEST_FOLLOW_UP = 8
"""Words."""
EMPTY = stems(
    """ask say happen word example reason matter exactly sorry specific recall remember remind believe leads mention
    idea"""
)
"""Words that a follow-up may hold though he has not said them: they point at what he said."""


def form_of(question: str, marks: CueFile) -> str:
    """Return the form of a question, after the patterns in cues.yaml; 'what' where none fits."""
    text = plain(question)
    return next((name for name, pattern in marks.question_patterns.items() if pattern.search(text)), "what")


def follows_up(question: str, his_line: str) -> bool:
    """Return whether the question has no subject but that of his last line ("Why?", "Who did you ask?")."""
    if len(question.split()) > LONGEST_FOLLOW_UP:
        return False
    return stems(question) <= stems(his_line) | EMPTY
