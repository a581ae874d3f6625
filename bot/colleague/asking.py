"""What a question is about, and what form it has: "who?", "how many?", or only "why?" after what was said last."""

from bot.colleague.cues import CueFile, Cues, plain
from bot.colleague.memory import Memory
from bot.colleague.room import Room
from bot.colleague.state import Act
from bot.colleague.substance import stems
from bot.colleague.understanding import Asked, Understanding

MISTAKABLE = frozenset(
    """leading_question accusing_question suggestion social framing observation paraphrase own_view common_ground
    judgement softening off_task""".split()
)
"""Moves that a plain question may be read as: "Doing anything nice over half-term?"."""
CERTAINLY_READ = 0.9
"""Confidence from which a question that leads or accuses is taken as that, though he would have an answer."""
NEVER_MISTAKEN = frozenset({"accusing_question", "off_task"})
"""Those of them that are what they were read as, once the reading was sure."""
HARDLY_READ = 0.6
"""Confidence below which a question may as well be a plain one."""
HEARD_ANYWAY = frozenset({"social", "framing", "observation"})
"""Those of them that lose nothing by being answered, however sure the reading was."""
CHATTER = frozenset({"social", "appreciation", "acknowledgement"})
"""Moves that say nothing of what a question beside them is about."""
TAKES_IN = CHATTER | {"paraphrase"}
"""Moves that take in what he said, so that a bare question beside them is still about that."""
THINKS_ABOUT = frozenset({"belief", "cause", "feeling", "consequence"})
"""Focuses of questions that are about the matter between the two, however they are put."""
LONGEST_TURN = 60
"""Words of a turn that are looked at for what its question is about: the question and what stands by it."""
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


def is_echo(text: str, his_line: str) -> bool:
    """Return whether a few of his last words are only said back ("The only adult in it.")."""
    return len(text.split()) <= LONGEST_FOLLOW_UP and stems(text) <= stems(his_line)


class Subjects:
    """Find what the leader's questions are about."""

    def __init__(self, cues: Cues, understanding: Understanding) -> None:
        self._cues = cues
        self._understanding = understanding

    def asked(self, act: Act, room: Room) -> Asked | None:
        """Return the topic closest to the question: after his last line, and with the rest of its turn.

        Chatter is left out ("Lovely choir! So who plans topic with you?"); of a speech, only what stands by it counts.
        """
        rest = [one for one in room.hearing.acts if one is act or one.segment.move not in CHATTER]
        while len(rest) > 1 and sum(len(one.segment.text.split()) for one in rest) > LONGEST_TURN:
            rest.pop(0 if rest[0] is not act else -1)
        turn = " ".join(one.segment.text for one in rest) if len(rest) > 1 else ""
        return self._understanding.topic_of(act.segment.text, room.memory.lines[-1], turn)

    def topic(self, act: Act, room: Room) -> Asked | None:
        """Return the topic of a question: what it is plainly about, what was spoken of last, or what it comes near."""
        asked, marks, memory = self.asked(act, room), self._cues.marks.topic, room.memory
        bare = self._bare(act, room)
        if asked is not None and asked.closeness >= (marks.certain if bare else marks.found):
            return asked
        if bare:
            return self._carried_on(act.segment.text, memory)
        if asked is not None and asked.answered >= marks.answered:
            return asked
        near = asked is not None and asked.closeness >= marks.near
        if asked is not None and near and self._answers_anyway(act, room):
            return asked
        return asked if near and act.segment.focus in THINKS_ABOUT else None

    def _bare(self, act: Act, room: Room) -> bool:
        """Return whether a question has no subject but that of his last line, and nothing beside it gives it one."""
        if not room.memory.played or not follows_up(act.segment.text, room.memory.lines[-1]):
            return False
        beside = (one for one in room.hearing.acts if one is not act and one.segment.move not in TAKES_IN)
        return all(follows_up(one.segment.text, room.memory.lines[-1]) for one in beside)

    def plain(self, act: Act, room: Room) -> Asked | None:
        """Return the topic of what has the form of a question and is plainly about one; None otherwise.

        What was hardly read as anything, or opens as questions do, needs only what a question needs.
        """
        if not self._cues.has("question", act.segment.text):
            return None
        asked, marks = self.asked(act, room), self._cues.marks.topic
        as_question = act.segment.confidence < HARDLY_READ or self._cues.has("asks_openly", act.segment.text)
        enough = marks.found if as_question else marks.plain
        if asked is None or (asked.closeness < enough and asked.answered < marks.well_answered):
            return None
        return asked

    def put_as_question(self, act: Act) -> bool:
        """Return whether the words end as a question does, and were read, without being sure, as something else."""
        segment = act.segment
        mistaken = segment.move in MISTAKABLE and segment.confidence < CERTAINLY_READ
        return mistaken and segment.text.rstrip().endswith("?") and not {"confirmed", "check"} & set(act.forms)

    def plainly_asked(self, act: Act, room: Room) -> bool:
        """Return whether the words are a question that he has an answer to, whatever they were read as."""
        segment = act.segment
        if segment.move not in MISTAKABLE or {"confirmed", "check"} & set(act.forms):
            return False
        if self._answers_anyway(act, room):
            return True
        if (asked := self.plain(act, room)) is None:
            return False
        if segment.confidence < CERTAINLY_READ or segment.move in HEARD_ANYWAY:
            return True
        return asked.closeness >= self._cues.marks.topic.certain and segment.move not in NEVER_MISTAKEN

    def _answers_anyway(self, act: Act, room: Room) -> bool:
        """Return whether a question read as leading or as an accusation is one that he has an answer to.

        "Why did it have to be four pages?" can be said in anger, and has an answer all the same.
        """
        text, move = act.segment.text, act.segment.move
        if move not in {"leading_question", "accusing_question"} or self._cues.has("leads", text):
            return False
        if (asked := self.asked(act, room)) is None:
            return False
        marks = self._cues.marks.topic
        return asked.answered >= (marks.answered if move == "accusing_question" else marks.nearly_answered)

    def _carried_on(self, text: str, memory: Memory) -> Asked | None:
        """Return the topic on which a question like "why?" or "in what way?" carries on; None where there was none."""
        spoken_of = memory.last.topic if memory.last else None
        if spoken_of not in memory.scenario.lines.by_topic:
            return None
        if form_of(text, self._cues.marks) == "why":
            spoken_of = memory.scenario.lines.by_topic[spoken_of].because or spoken_of
        return Asked(spoken_of, self._cues.marks.topic.found, f"{memory.lines[-1]} {text}")
