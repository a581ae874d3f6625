"""How the leader's words land in this conversation: each segment with its forms, and what the turn does as a whole."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.colleague.cues import Cues
from bot.colleague.hints import hint_in
from bot.colleague.memory import Memory
from bot.colleague.second_look import SecondLook
from bot.colleague.state import Act
from bot.colleague.substance import stems
from bot.colleague.understanding import Understanding
from bot.listen.reading import Reading, Segment

QUESTIONS = frozenset({"open_question", "closed_question", "leading_question", "accusing_question"})
ADVANCES = frozenset(
    {"suggestion", "directive", "next_step", "own_view", "judgement", "leading_question", "accusing_question"}
)
TO_THE_LEADER = re.compile(r"\b(?:you|your|you've|you're|you'd|this about|this is about)\b", re.IGNORECASE)
DOUBT_LAYER = 5
LONGEST_NUDGE = 3
"""Words."""
NO_ANSWER = QUESTIONS | {"social", "off_task"}
"""Moves that answer nothing he has asked."""
TURNS_TO_HIM = frozenset({"paraphrase", "own_fallibility", "common_ground"})
RECEIVES = frozenset({"paraphrase", "acknowledgement", "common_ground", "own_fallibility", "test_idea"})


SERVES = frozenset({"paraphrase", "own_fallibility", "next_step", "acknowledgement"})
"""Moves that take up an offer or a reason, whatever their words."""
GOES_ON = ADVANCES | {"social", "off_task", "appreciation", "softening", "observation", "framing"}
"""Moves that leave a reason lying where nothing else stands beside them."""
PLAIN_QUESTIONS = frozenset({"open_question", "closed_question"})
"""An offer that is asked about, in whatever words, is not left lying."""


POINTS_BACK = re.compile(r"\b(?:that|it|this)\b", re.IGNORECASE)
"""In a question about a step, or in a few words of the leader's own ("I'd want to see that"): what he just told."""
FEW = 7
"""Words."""


@dataclass(frozen=True)
class Hearing:
    """A reading in its conversation."""

    acts: tuple[Act, ...]
    turn_forms: tuple[str, ...]

    @property
    def moves(self) -> frozenset[str]:
        """Return the moves made."""
        return frozenset(act.segment.move for act in self.acts)

    def first(self, move: str, form: str | None = None) -> Act | None:
        """Return the first act with this move, and this form where one is named."""
        return next((a for a in self.acts if a.segment.move == move and (form is None or form in a.forms)), None)


class Ears:
    """Hear a reading as the colleague would."""

    def __init__(self, cues: Cues, understanding: Understanding) -> None:
        self._cues = cues
        self._understanding = understanding
        self._second_look = SecondLook(cues, understanding)

    def hear(self, reading: Reading, memory: Memory) -> Hearing:
        """Return the acts of this reading, after all that `memory` holds."""
        return self.weigh(self._second_look.at(reading, memory), memory)

    def weigh(self, reading: Reading, memory: Memory) -> Hearing:
        """Return the acts of a reading that is taken as it is."""
        acts: list[Act] = []
        grounded = memory.grounds_given or any(s.move == "observation" for s in reading.segments)
        for segment in reading.segments:
            forms, fact = self._forms(segment, acts, memory, grounded)
            acts.append(Act(segment, tuple(sorted(forms)), fact))
        return Hearing(tuple(acts), tuple(sorted(self._turn_forms(acts, memory))))

    def _forms(
        self, segment: Segment, before: Sequence[Act], memory: Memory, grounded: bool
    ) -> tuple[set[str], str | None]:
        move, text = segment.move, segment.text
        forms: set[str] = set()
        if move == "paraphrase":
            return self._paraphrase(text, before, memory)
        if move in QUESTIONS and picks_up(text, memory.last_lines):
            forms.add("picks_up_words")
        if move in {"open_question", "closed_question"}:
            forms |= self._question_forms(segment, memory)
        forms |= {name for name in self._cued(move) if self._cues.has(CUE_OF.get(name, name), text, move)}
        if move == "own_view" and grounded:
            forms.add("with_grounds")
        if move in {"suggestion", "next_step"} and not memory.knows_why and not memory.condition_named:
            forms.add("before_cause")
        unearned = not memory.something_to_acknowledge or memory.acknowledgements >= 2
        if move == "acknowledgement" and unearned and self._cues.has("claims_understanding", text):
            forms.add("empty")
        if move == "appreciation" and not memory.something_to_acknowledge:
            forms.add("empty")
        if move == "own_fallibility" and "invites_criticism" not in forms:
            forms.add("invites_criticism" if self._asks(text) else "owns_error")
        if self._second_look.grants(text, memory):
            forms.add("meets_condition")
        return forms, None

    def _question_forms(self, segment: Segment, memory: Memory) -> set[str]:
        forms = set()
        if segment.focus == "consequence" and self._cues.has("evidence", segment.text):
            forms.add("evidence")
        if self._understanding.asked_before(segment.text, memory.questions):
            forms.add("repeated")
        return forms

    def _paraphrase(self, text: str, before: Sequence[Act], memory: Memory) -> tuple[set[str], str | None]:
        if self._second_look.is_check(text):
            given = next((act for act in reversed(before) if act.segment.move == "paraphrase"), None)
            return ({"check"}, given.fact if given else None)
        forms, fact = self._understanding.judge(text, memory)
        if "confirmed" in forms and fact in memory.told and memory.scenario.facts[fact].layer == DOUBT_LAYER:
            forms.add("sees_doubt")
        return forms, fact

    def _turn_forms(self, acts: Sequence[Act], memory: Memory) -> set[str]:
        forms = set()
        asked = [act for act in acts if act.segment.move in QUESTIONS and "check" not in act.forms]
        line = memory.lines[-1]
        if sum(not is_nudge(act.segment.text) and not _says_back(act.segment.text, line) for act in asked) >= 2:
            forms.add("stacked")
        if memory.just_told_at_cost and not self._takes_up(acts, memory):
            forms.add("passing_over")
        if asks_the_leader(line) and self._dodges(acts, line):
            forms.add("dodges")
        if (hint := hint_in(line)) and not self._asks_on(acts, hint):
            forms.add("past_hint")
        if left := self._left(acts, memory):
            forms.add(left)
        return forms

    def _left(self, acts: Sequence[Act], memory: Memory) -> str:
        """Return what a turn leaves lying: 'left_offer', 'left_cost', 'left_reason', or '' for nothing."""
        last = memory.last
        if last is None or not acts or any(_serves(act, memory.lines[-1]) for act in acts):
            return ""
        if last.step == "bargain":
            return "" if any(act.segment.move in PLAIN_QUESTIONS for act in acts) else "left_offer"
        if not all(act.segment.move in GOES_ON for act in acts):
            return ""
        if memory.just_told_at_cost:
            return "left_cost"
        return "left_reason" if memory.just_gave_a_reason else ""

    def _dodges(self, acts: Sequence[Act], line: str) -> bool:
        """Return whether a turn meets his question with questions only, and with none about what he asked."""
        asked = [act for act in acts if act.segment.move in QUESTIONS]
        about_his = any(picks_up(act.segment.text, [line]) for act in asked)
        return bool(asked) and not about_his and all(a.segment.move in NO_ANSWER for a in acts)

    def _asks_on(self, acts: Sequence[Act], hint: str) -> bool:
        """Return whether a turn goes on with what he left half said: in his words, by "that", or in a word or two."""
        if not acts or any(act.segment.move in TURNS_TO_HIM or picks_up(act.segment.text, [hint]) for act in acts):
            return True
        asked = [act.segment.text for act in acts if act.segment.move == "open_question"]
        return any(POINTS_BACK.search(text) or len(text.split()) <= FEW for text in asked)

    def _takes_up(self, acts: Sequence[Act], memory: Memory) -> bool:
        """Return whether the turn goes on with what he just told: receives it, grants it, or speaks of the same."""
        moves = {act.segment.move for act in acts}
        if moves & RECEIVES or any("meets_condition" in act.forms for act in acts):
            return True
        if any(picks_up(act.segment.text, memory.lines[-1:]) or _points_back(act) for act in acts):
            return True
        return not moves & ADVANCES

    def _asks(self, text: str) -> bool:
        return self._cues.has("question", text)

    def _cued(self, move: str) -> tuple[str, ...]:
        return (*CUED.get(move, ()), *WHATEVER_THE_MOVE)


CUED = {
    "directive": ("ultimatum",),
    "own_fallibility": ("invites_criticism",),
    "open_question": ("invites_criticism",),
    "next_step": ("dated", "pressed"),
    "test_idea": ("dated", "evidence"),
    "suggestion": ("pressed",),
    "leading_question": ("pressed",),
    "closed_question": ("pressed",),
    "framing": ("tells",),
    "own_view": ("with_grounds", "tells"),
}
"""Forms that a cue gives to a move."""
WHATEVER_THE_MOVE = ("borrowed", "certain", "defends", "jibe")
"""Forms that go with many moves: which, cues.yaml says."""
CUE_OF = {"pressed": "pressing", "tells": "not_appraisal", "with_grounds": "grounds"}
"""The cue behind a form, where its name differs."""


def is_nudge(text: str) -> bool:
    """Return whether a question only asks to go on ("Go on.", "Tell me"): it puts nothing on top of another."""
    return len(text.split()) <= LONGEST_NUDGE and "?" not in text


def asks_the_leader(line: str) -> bool:
    """Return whether his line ends in a question to the leader, and not in a rhetorical one."""
    last = re.split(r"(?<=[.!?])\s+", line.strip())[-1]
    return last.endswith("?") and bool(TO_THE_LEADER.search(last))


def _says_back(text: str, line: str) -> bool:
    """Return whether a question without its mark only says some of his words again ("You changed the dates.")."""
    return "?" not in text and stems(text) <= stems(line)


def picks_up(text: str, lines: Sequence[str]) -> bool:
    """Return whether `text` uses a word of substance from one of his last lines."""
    return bool(stems(text) & frozenset().union(*map(stems, lines))) if lines else False


def _serves(act: Act, line: str) -> bool:
    """Return whether an act goes on with his last line: grants it, checks or receives it, or uses its words."""
    if act.segment.move in SERVES or "meets_condition" in act.forms or _points_back(act):
        return True
    return picks_up(act.segment.text, [line])


def _points_back(act: Act) -> bool:
    text = act.segment.text
    asks = act.segment.move == "next_step" and text.rstrip().endswith("?")
    short = act.segment.move == "own_view" and len(text.split()) <= FEW
    return (asks or short) and bool(POINTS_BACK.search(text))
