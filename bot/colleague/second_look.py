"""A second look at a reading, with the conversation in view: what a sentence cannot show by itself.

Rules of the codebook: a check belongs to the paraphrase before it; what is followed by a check, or gives his own words
back to him, is a paraphrase (20); a question about the leader's own part is open to error, whatever its form (7); a
promise of the leader's own is a next step (22). What is said and taken back in one breath owns an error. And one of
ours: a sentence with nothing but warm words in it is not taken for blame. Of 71 such sentences in the training turns,
52 are appreciation. What is not surely a word on the leader's own part is none where it neither says so nor asks.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.colleague.cues import Cues, plain
from bot.colleague.memory import Memory
from bot.colleague.understanding import Understanding
from bot.listen.features import tone
from bot.listen.reading import Reading, Segment

CHECK_LOOKS_LIKE = frozenset(
    {"own_fallibility", "open_question", "closed_question", "leading_question", "acknowledgement", "common_ground"}
)
STATEMENTS = frozenset(
    {
        "observation",
        "own_view",
        "judgement",
        "appreciation",
        "acknowledgement",
        "common_ground",
        "framing",
        "suggestion",
    }
)
GRANTS = STATEMENTS | {"paraphrase", "directive", "own_fallibility", "softening"}
BLOWS = frozenset({"judgement", "directive", "own_view", "softening"})
"""Moves that a withdrawn order or verdict may be read as."""
ASKS = frozenset({"accusing_question", "leading_question", "open_question", "closed_question"})
LONGEST_CHECK = 12
SHORTEST_GIVEN_BACK = 5
"""Words."""
FOLLOWED_BY_CHECK = 0.50
GIVES_BACK = 0.66
"""Closeness to what he told, cosines: with a check behind it, and without."""
SURE = 0.85
"""A reading this sure is only overruled by a check behind it."""
ASKS_FOR_MORE = re.compile(
    r"(and |so |but |then )?(why|who|when|which|how (?!close|far|near)|what (?!have i|did i|would you (change|add)))",
    re.IGNORECASE,
)
PUTS_RIGHT = re.compile(r"(so )?(tell|put|set|stop|correct) me\b", re.IGNORECASE)
NAMED = re.compile(r", [A-Z]\w+(?=\W*$)")
"""The name at the end of "Have I bent it, Ruth?"."""
TO_HIM = re.compile(r"\b(you|your|you're|you've|you'd|yours|they|it's|it)\b", re.IGNORECASE)


class SecondLook:
    """Correct a reading where the conversation decides."""

    def __init__(self, cues: Cues, understanding: Understanding) -> None:
        self._cues = cues
        self._understanding = understanding

    def at(self, reading: Reading, memory: Memory) -> Reading:
        """Return the reading with what the conversation decides put right."""
        seen: list[Segment] = []
        segments = reading.segments
        for i, segment in enumerate(segments):
            follower = segments[i + 1] if i + 1 < len(segments) else None
            seen.append(self._look(segment, seen, follower, memory))
        return Reading(tuple(seen))

    def is_check(self, text: str) -> bool:
        """Return whether the words only ask whether something was heard right."""
        words = frozenset(re.findall(r"[a-z'-]+", NAMED.sub("", plain(text)).lower()))
        if not words or len(text.split()) > LONGEST_CHECK:
            return False
        return self._cues.has("check", text) or self._is_only_check(text, words)

    def _is_only_check(self, text: str, words: frozenset[str]) -> bool:
        """Return whether a question, or an offer to be put right, says nothing but that ("Or have I bent it?")."""
        telling, others = self._cues.marks.check_words["telling"], self._cues.marks.check_words["with"]
        asks = (text.rstrip().endswith("?") and not ASKS_FOR_MORE.match(text)) or PUTS_RIGHT.match(text)
        return bool(asks and words & telling and words <= telling | others)

    def _look(self, segment: Segment, before: Sequence[Segment], follower: Segment | None, memory: Memory) -> Segment:
        if segment.move in CHECK_LOOKS_LIKE and self.is_check(segment.text):
            if any(one.move == "paraphrase" for one in before[-2:]):
                return _decided(segment, "paraphrase")
        elif self._asks_of_own_part(segment) or self._taken_back(segment, follower):
            return _decided(segment, "own_fallibility")
        elif segment.move in GRANTS and self._grants_by_name(segment.text, memory):
            return _decided(segment, "next_step")
        elif segment.move == "own_fallibility" and not segment.sure and not self._owns_up(segment, follower):
            if self._gives_back(segment, follower, memory):
                return _decided(segment, "paraphrase")
            return replace(segment, move=segment.second, second="own_fallibility") if segment.second else segment
        elif segment.move == "judgement" and not segment.sure and tone(segment.text)[-1]:
            return replace(segment, move="appreciation", second="judgement")
        elif (segment.move in STATEMENTS or _hardly(segment)) and self._gives_back(segment, follower, memory):
            return _decided(segment, "paraphrase")
        return segment

    def _taken_back(self, segment: Segment, follower: Segment | None) -> bool:
        return segment.move in BLOWS and self._withdrawn(segment, follower)

    def _withdrawn(self, segment: Segment, follower: Segment | None) -> bool:
        """Return whether an order or a verdict is withdrawn: in itself, or reported and then doubted."""
        if self._cues.has("takes_back", segment.text):
            return True
        doubted = follower is not None and self._cues.has("doubts_it", follower.text)
        return doubted and self._cues.has("reports_own_words", segment.text)

    def _owns_up(self, segment: Segment, follower: Segment | None) -> bool:
        """Return whether the words say that something was the leader's own doing, or ask what was."""
        cues = ("first_person_apology", "invites_criticism", "question")
        return any(self._cues.has(cue, segment.text) for cue in cues) or self._withdrawn(segment, follower)

    def _asks_of_own_part(self, segment: Segment) -> bool:
        if segment.move not in ASKS:
            return False
        text = segment.text
        cue = self._cues.marks.cues["invites_criticism"]
        return cue.pattern is not None and bool(cue.pattern.search(plain(text))) and plain(text)[:3].lower() != "you"

    def grants(self, text: str, memory: Memory) -> bool:
        """Return whether the words grant his condition: by meaning, or because they name it and take it away."""
        return self._understanding.grants_condition(text, memory) or self._takes_away(text, memory)

    def _grants_by_name(self, text: str, memory: Memory) -> bool:
        return self._takes_away(text, memory) or (self._names(text) and self.grants(text, memory))

    def _takes_away(self, text: str, memory: Memory) -> bool:
        """Return whether the words name his condition, or follow on his naming it, and take it away."""
        if self._cues.has("holds_back", text):
            return False
        if self._names(text) and self._cues.has("takes_away", text):
            return True
        return bool(memory.played) and self._names(memory.lines[-1]) and self._cues.has("takes_it_away", text)

    def _names(self, text: str) -> bool:
        return self._understanding.names_condition(text)

    def _gives_back(self, segment: Segment, follower: Segment | None, memory: Memory) -> bool:
        if len(segment.text.split()) < SHORTEST_GIVEN_BACK or not memory.played:
            return False
        closeness = self._understanding.closeness_to_told(segment.text, memory)
        if follower is not None and self.is_check(follower.text):
            return closeness >= FOLLOWED_BY_CHECK
        return segment.confidence < SURE and closeness >= GIVES_BACK and bool(TO_HIM.search(segment.text))


def _hardly(segment: Segment) -> bool:
    """Return whether an order or a question was read without being sure: a clumsy give-back can look like either."""
    return not segment.sure and segment.move in {"directive", "leading_question", "closed_question", "softening"}


def _decided(segment: Segment, move: str) -> Segment:
    """Return the segment as the conversation decides it: of that the reader need not be unsure."""
    return segment if segment.move == move else replace(segment, move=move, focus=None, sure=True, second="")
