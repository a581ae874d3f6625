"""What the reader hands on: a list of segments, each with one move."""

from dataclasses import dataclass

MOVES = (
    "open_question",
    "closed_question",
    "leading_question",
    "accusing_question",
    "observation",
    "own_view",
    "judgement",
    "directive",
    "suggestion",
    "paraphrase",
    "acknowledgement",
    "appreciation",
    "common_ground",
    "test_idea",
    "own_fallibility",
    "next_step",
    "softening",
    "framing",
    "social",
    "off_task",
)
FOCUSES = ("belief", "action", "consequence", "cause", "feeling", "other")
FOCUSED = frozenset({"open_question", "closed_question"})


def writable(words: str) -> str:
    """Return the words with half an emoji, which no file can hold, as the sign for an unknown character."""
    return words.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@dataclass(frozen=True)
class Segment:
    """One sentence or independent clause of a leader's turn, with the one move it makes.

    `focus` is one of FOCUSES for an open or closed question, else None. `confidence` is the reader's, 0 to 1; below its
    threshold the reading is not `sure`. `second` is the move it would have named next, "" where there is none.
    """

    text: str
    move: str
    focus: str | None
    confidence: float
    sure: bool = True
    second: str = ""


@dataclass(frozen=True)
class Reading:
    """A leader's words as segments, in the order spoken. Empty words have no segments."""

    segments: tuple[Segment, ...]
