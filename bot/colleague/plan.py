"""What he answers, and with what: the situation, the topic, the facts he may tell. Words come later."""

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.colleague.asking import Subjects, follows_up, form_of, is_echo
from bot.colleague.cues import Cues
from bot.colleague.hearing import QUESTIONS
from bot.colleague.memory import Memory
from bot.colleague.room import Plan, Room
from bot.colleague.state import Act
from bot.colleague.understanding import Asked, Understanding

TRIAL_LAYER = 6
FACADE_FROM = 45
"""Readiness to say yes and do nothing, from which a step gets a façade yes."""
READY = {"ownership": 45, "openness": 40}
"""What a real yes needs, as in the gate of the last layer."""

OVERRIDES = ("directive", "accusing_question", "judgement")
"""Moves he answers even when a question follows, if they were plainer than it, and not taken back in the same turn."""


class Planner:
    """Choose what he answers."""

    def __init__(self, cues: Cues, understanding: Understanding) -> None:
        self._cues = cues
        self._understanding = understanding
        self._subjects = Subjects(cues, understanding)

    def plan(self, room: Room) -> Plan:
        """Return the plan of his next line."""
        if not room.hearing.acts:
            return self._silence(room)
        act = self._answered(room)
        plan = self._for_move(act, room)
        return self._with_opener(plan, act, room)

    # What he takes himself to be answering ------------------------------------------------------------------------

    def _answered(self, room: Room) -> Act:
        acts = room.hearing.acts
        if (settling := self._settling(room)) is not None:
            return settling
        hits = [i for i, act in enumerate(acts) if act.segment.move in OVERRIDES and act.segment.sure]
        hits = [i for i in hits if not any(_asks_plainly(one, acts[i]) for one in acts[i + 1 :])]
        last_hit = max(hits, default=-1)
        repaired = any(act.segment.move == "own_fallibility" for act in acts[last_hit + 1 :])
        if last_hit >= 0 and not repaired:
            return acts[last_hit]
        asked = [act for act in acts if self._wants_answer(act)]
        if len(asked) > 1 and "stacked" in room.hearing.turn_forms:
            return min(asked, key=_effort)
        if asked:
            last = next((act for act in reversed(asked) if self._cues.has("question", act.segment.text)), asked[-1])
            return self._proposed(last, acts) or last
        return max(acts, key=lambda act: (_weight(act), acts.index(act)))

    def _proposed(self, asked: Act, acts: Sequence[Act]) -> Act | None:
        """Return the step that a question sounds him out on ("…on Tuesday. Could you live with that?")."""
        if not self._cues.has("sounds_out", asked.segment.text):
            return None
        return next((act for act in reversed(acts) if act.segment.move == "next_step" and act is not asked), None)

    def _settling(self, room: Room) -> Act | None:
        """Return what settles a step, once one is within reach: a granted condition, or a day."""
        if not self._willing(room):
            return None
        wanted = [act for act in room.hearing.acts if {"meets_condition", "dated"} & set(act.forms)]
        return next((act for act in wanted if act.segment.move in SETTLES), None)

    def _wants_answer(self, act: Act) -> bool:
        move = act.segment.move
        if move in QUESTIONS:
            return "check" not in act.forms
        invited = "invites_criticism" in act.forms or move in {"test_idea", "next_step"}
        return invited or self._subjects.put_as_question(act)

    def _for_move(self, act: Act, room: Room) -> Plan:
        move = act.segment.move
        if act is self._settling(room):
            return self._step(act, room)
        if move in {"open_question", "closed_question"} and "invites_criticism" not in act.forms:
            return self._answer(act, room)
        if self._subjects.plainly_asked(act, room) or self._makes_conversation(act):
            return self._answer(act, room)
        if move in {"paraphrase", "acknowledgement"}:
            return self._given_back(act, room)
        if "invites_criticism" in act.forms:
            return self._criticism(act, room)
        if move == "test_idea":
            return self._test(act, room)
        if move == "next_step" or "pressed" in act.forms:
            return self._step(act, room)
        return Plan(self._situation(act, room), room.manner, move, may_tell=self._offers(act, room), elicited=False)

    def _makes_conversation(self, act: Act) -> bool:
        """Return whether the words are small talk that asks something, and no courtesy."""
        text, move = act.segment.text, act.segment.move
        courtesy = any(self._cues.has(cue, text, move) for cue in ("greeting", "goodbye", "thanks"))
        return move == "social" and self._cues.has("question", text) and not courtesy

    # Questions ----------------------------------------------------------------------------------------------------

    def _answer(self, act: Act, room: Room) -> Plan:
        segment, memory = act.segment, room.memory
        if "pressed" in act.forms and not self._asks_besides(act, room):
            return self._step(act, room)
        if room.frozen:
            return Plan("frozen", room.manner, segment.move)
        if self._asks_for_step(act, room):
            return self._step(act, room)
        if (asked := self._subjects.topic(act, room)) is not None:
            return self._about(asked, act, room, segment.focus)
        if self._understanding.asks_for_step(segment.text):
            return self._unwilling(act, room)
        form = form_of(segment.text, self._cues.marks)
        if memory.played and follows_up(segment.text, memory.lines[-1]):
            form = "follow_up"
        return Plan("unknown", room.manner, segment.move, asked=form)

    def _asks_besides(self, act: Act, room: Room) -> bool:
        """Return whether a question that sounds like a push is about something else ("And would you do it again?")."""
        asked = self._subjects.plain(act, room)
        return asked is not None and asked.topic not in room.memory.scenario.plot.step.topics

    def _about(self, asked: Asked, act: Act, room: Room, focus: str | None = None) -> Plan:
        """Return the plan of answering what was asked."""
        situation = "asked_again" if "repeated" in act.forms else "answer"
        told = () if act.segment.move == "accusing_question" else self._tellable(room, focus)
        return Plan(situation, room.manner, act.segment.move, asked.topic, told, question=asked.words)

    def _asks_for_step(self, act: Act, room: Room) -> bool:
        if TRIAL_LAYER not in self._open_layers(room):
            return False
        asked, topics = self._subjects.asked(act, room), room.memory.scenario.plot.step.topics
        by_topic = asked is not None and asked.closeness >= self._cues.marks.topic.found and asked.topic in topics
        return by_topic or self._understanding.asks_for_step(act.segment.text)

    def _tellable(self, room: Room, focus: str | None) -> tuple[str, ...]:
        """Return what he has not told and may, the shallowest first; what the focus asks for comes before the rest."""
        facts, wanted = room.memory.scenario.facts, PART_OF.get(focus or "", "")
        new = [name for name in facts if name in room.unlocked and name not in room.memory.told]
        return tuple(sorted(new, key=lambda name: (facts[name].part != wanted, facts[name].layer)))

    # What was given back ------------------------------------------------------------------------------------------

    def _given_back(self, act: Act, room: Room) -> Plan:
        forms, move = act.forms, act.segment.move
        acts = room.hearing.acts
        judged = next((a for a in reversed(acts) if a.segment.move == "paraphrase" and "check" not in a.forms), act)
        found = {form for one in acts if one.segment.move == "paraphrase" for form in one.forms}
        if {"confirmed", "distorted"} <= found:
            return Plan("partly", room.manner, move, fact=judged.fact)
        if "distorted" in judged.forms:
            return Plan("correct", room.manner, move, fact=judged.fact)
        if "partly" in judged.forms:
            told = [name for name in self._tellable(room, None) if name == judged.fact and not room.frozen]
            return Plan("partly", room.manner, move, fact=judged.fact, may_tell=tuple(told))
        if "unfounded" in judged.forms:
            return Plan("unclear_paraphrase", room.manner, move)
        if "confirmed" in judged.forms:
            return Plan(
                "confirm",
                room.manner,
                move,
                may_tell=() if room.frozen or _poured_out(room.memory) else self._beneath(room, judged.fact),
                fact=judged.fact,
            )
        if move == "acknowledgement" and "empty" not in forms and self._cues.has("feeling", act.segment.text):
            return Plan("confirm_feeling", room.manner, move, may_tell=self._offers(act, room), elicited=False)
        return Plan(self._situation(act, room), room.manner, move, may_tell=self._offers(act, room), elicited=False)

    def _beneath(self, room: Room, given_back: str | None) -> tuple[str, ...]:
        """Return what a confirmed paraphrase brings out: what it saw, what is at stake, then what else is open."""
        facts = room.memory.scenario.facts
        new = [name for name in self._tellable(room, None) if 2 <= facts[name].layer < TRIAL_LAYER]
        return tuple(sorted(new, key=lambda name: (name != given_back, facts[name].layer != 3, facts[name].layer)))

    def _offers(self, act: Act, room: Room) -> tuple[str, ...]:
        """Return what he may offer unasked: only when he is at ease, and never the last layers."""
        if room.manner != "low" or room.frozen or act.segment.move not in OFFERED_AFTER:
            return ()
        if room.memory.step == "agreed" or self._leaves(act):
            return ()
        facts = room.memory.scenario.facts
        return tuple(name for name in self._tellable(room, None) if facts[name].layer in (2, 3))

    def _criticism(self, act: Act, room: Room) -> Plan:
        facts, text = room.memory.scenario.facts, act.segment.text
        new = [name for name in self._tellable(room, None) if facts[name].layer == 4]
        closest = tuple(sorted(new, key=lambda name: -self._told_well(text, name, room)))
        asked, certain = self._subjects.plain(act, room), self._cues.marks.topic.certain
        bound = bool(new) and bool(room.memory.played) and room.manner != "high"
        bound = bound and not (asked and self._has_better(asked, new, room))
        if asked and not room.frozen and (not bound or asked.closeness >= certain):
            return replace(self._about(asked, act, room), may_tell=(*closest, *self._tellable(room, None)))
        if room.frozen or room.manner == "high" or 4 not in self._open_layers(room):
            return Plan("invited_criticism_guarded", room.manner, act.segment.move)
        if not new:
            asked = self._subjects.asked(act, room)
            return self._about(asked, act, room) if asked else Plan("answer", room.manner, act.segment.move)
        return Plan("criticism", room.manner, act.segment.move, may_tell=closest)

    def _has_better(self, asked: Asked, facts: Sequence[str], room: Room) -> bool:
        """Return whether he has a plain answer to words to which nothing that he could now tell is one."""
        if asked.answered < self._cues.marks.topic.answered:
            return False
        return asked.answered - max(self._told_well(asked.words, name, room) for name in facts) >= MUCH_BETTER

    def _told_well(self, words: str, fact: str, room: Room) -> float:
        """Return how well the words would be answered by telling a fact."""
        lines = (line for topic in room.memory.scenario.lines.topics for line in topic.lines)
        telling = [line.say for line in lines if line.fact == fact]
        return float(self._understanding.fit(words, telling).max(initial=0.0))

    def _test(self, act: Act, room: Room) -> Plan:
        facts = room.memory.scenario.facts
        new = [name for name in self._tellable(room, None) if facts[name].layer == 5]
        doubt_told = any(facts[name].layer == 5 for name in room.memory.told)
        if doubt_told and self._willing(room) and room.memory.scenario.plot.step.trial not in room.memory.told:
            return self._step(act, room)
        if new and not room.frozen and room.manner != "high":
            return Plan("doubt", room.manner, act.segment.move, may_tell=tuple(new))
        if not room.frozen and (asked := self._subjects.plain(act, room)):
            return self._about(asked, act, room, "consequence")
        ready = room.state.understood >= 40 and room.manner != "high"
        return Plan("test_open" if ready else "test_guarded", room.manner, act.segment.move)

    # A next step --------------------------------------------------------------------------------------------------

    def _step(self, act: Act, room: Room) -> Plan:
        memory, plot = room.memory, room.memory.scenario.plot.step
        move = act.segment.move
        if memory.step == "agreed" and room.manner != "high":
            return Plan("next_step_detail", room.manner, move)
        if not self._willing(room):
            return self._unwilling(act, room)
        met = memory.condition_met or any("meets_condition" in a.forms for a in room.hearing.acts)
        dated = any("dated" in a.forms for a in room.hearing.acts) or self._dated_before(memory)
        if plot.trial not in memory.told:
            step = "agreed" if met and dated else "bargain"
            return Plan("next_step_bargain", room.manner, move, may_tell=(plot.trial,), step=step)
        if not met and plot.condition not in memory.told:
            return Plan("next_step_bargain", room.manner, move, may_tell=(plot.condition,), step="bargain")
        if not met:
            return Plan("next_step_bargain", room.manner, move, topic=plot.condition_topic, step="bargain")
        if dated:
            return Plan("next_step_yes", room.manner, move, step="agreed")
        return Plan("next_step_detail", room.manner, move, step="bargain")

    def _willing(self, room: Room) -> bool:
        enough = all(getattr(room.state, name) >= value for name, value in READY.items())
        return enough and TRIAL_LAYER in self._open_layers(room) and not room.frozen and room.manner != "high"

    def _unwilling(self, act: Act, room: Room) -> Plan:
        move, plot = act.segment.move, room.memory.scenario.plot.step
        facade = room.state.facade >= FACADE_FROM or room.manner == "high"
        asked = self._subjects.plain(act, room)
        if asked and _leaves_open(act) and asked.topic not in plot.topics:
            return self._about(asked, act, room)
        if asked and _leaves_open(act) and not facade:
            return replace(self._about(asked, act, room), may_tell=())
        if "pressed" in act.forms and not facade:
            return Plan("pressed", room.manner, move, step="facade" if room.state.facade >= 35 else "")
        form = form_of(act.segment.text, self._cues.marks) if self._cues.has("question", act.segment.text) else ""
        if facade:
            return Plan("next_step_facade", room.manner, move, step="facade", asked=form)
        return Plan("next_step_guarded", room.manner, move, asked=form)

    def _dated_before(self, memory: Memory) -> bool:
        return any("dated" in act.forms for turn in memory.played if turn.step == "bargain" for act in turn.acts)

    def _open_layers(self, room: Room) -> frozenset[int]:
        facts = room.memory.scenario.facts
        return frozenset(facts[name].layer for name in room.unlocked)

    # Everything else ----------------------------------------------------------------------------------------------

    def _silence(self, room: Room) -> Plan:
        return Plan(f"silence_{room.manner}", room.manner, "silence")

    def _with_opener(self, plan: Plan, act: Act, room: Room) -> Plan:
        """Let him take in what came before the thing he answers: a paraphrase, an apology, a heap of questions."""
        others = [one for one in room.hearing.acts if one is not act]
        opener = ""
        given = [one for one in others if one.segment.move == "paraphrase" and "check" not in one.forms]
        judged = [one for one in given if not is_echo(one.segment.text, room.memory.lines[-1])]
        if plan.situation in {"answer", "criticism", "doubt"} and judged and " or " not in act.segment.text.lower():
            opener = next((OPENER_OF[form] for form in judged[-1].forms if form in OPENER_OF), "")
        elif plan.situation == "answer" and room.memory.stung and any("owns_error" in one.forms for one in others):
            opener = "apology"
        elif plan.situation == "answer" and sum(map(self._wants_answer, room.hearing.acts)) >= MANY_QUESTIONS:
            opener = "stacked"
        return plan if not opener else replace(plan, opener=opener)

    def _situation(self, act: Act, room: Room) -> str:
        move, forms, text, memory = act.segment.move, act.forms, act.segment.text, room.memory
        if len(room.words.split()) >= self._cues.marks.long_speech:
            return "long_speech"
        if len(memory.played) >= LEAVE_FROM and any(self._leaves(one) for one in room.hearing.acts):
            return self._goodbye(memory)
        if move == "off_task":
            return self._odd(text, memory)
        if move == "social":
            return self._courtesy(text, memory)
        if move == "acknowledgement":
            return self._acknowledged(text, forms)
        if move == "framing":
            return "not_appraisal" if "tells" in forms else "framing"
        if move in {"own_view", "common_ground"} and self._cues.has("disagreement", text, move):
            return "disagreement"
        if move == "own_view":
            return "concern_grounded" if "with_grounds" in forms else "concern"
        if move == "directive":
            return "ultimatum" if "ultimatum" in forms else "directive"
        if move == "suggestion":
            return "suggestion_early" if "before_cause" in forms else "suggestion_later"
        if move == "own_fallibility":
            return "apology" if memory.times("apology") < 2 else "apology_cool"
        return SITUATION_OF[move]

    def _leaves(self, act: Act) -> bool:
        return self._cues.has("goodbye", act.segment.text, act.segment.move)

    def _odd(self, text: str, memory: Memory) -> str:
        if self._cues.has("stage_direction", text):
            return "stage_direction"
        if not text.isascii() and sum(not char.isascii() for char in text) > len(text) / 3:
            return "other_language"
        return "off_task_third" if memory.times("off_task") >= 2 else "off_task"

    def _courtesy(self, text: str, memory: Memory) -> str:
        if len(memory.played) <= 1 and self._cues.has("greeting", text):
            return "greeting"
        if memory.played and self._cues.has("goodbye", text):
            return self._goodbye(memory)
        if self._cues.has("thanks", text):
            return "thanks"
        return "small_talk" if memory.played else "greeting"

    def _acknowledged(self, text: str, forms: Sequence[str]) -> str:
        if len(text.split()) <= 2 and not self._cues.has("thanks", text):
            return "short_turn"
        if self._cues.has("thanks", text):
            return "thanks" if "empty" in forms else "acknowledgement_earned"
        return "acknowledgement_empty" if "empty" in forms else "acknowledgement_earned"

    def _goodbye(self, memory: Memory) -> str:
        if memory.step == "agreed":
            return "goodbye_step"
        if memory.step == "facade":
            return "goodbye_facade"
        return "goodbye_cold" if memory.scenario.manner(memory.state) == "high" else "goodbye_open"


MUCH_BETTER = 0.12
"""How much better one line must answer than another to be said in its place."""
CHOICE = re.compile(r"\b(which|what|where|how)\b", re.IGNORECASE)
MANY_QUESTIONS = 3
"""Questions in one turn of which he remarks that there are many."""
GOES_ON = 2
"""Turns running in which, well understood, he tells more without being asked."""
LEAVE_FROM = 3
"""Turns after which "have a good half-term" is taken for a goodbye."""
SETTLES = frozenset(
    {
        "next_step",
        "test_idea",
        "framing",
        "own_fallibility",
        "directive",
        "suggestion",
        "open_question",
        "closed_question",
        "own_view",
        "acknowledgement",
        "paraphrase",
    }
)
"""Moves in which a day may be named or a condition granted: what he hears, by then, is that somebody means it."""
PART_OF = {"belief": "belief", "cause": "belief", "feeling": "belief", "action": "action", "consequence": "consequence"}
OFFERED_AFTER = frozenset({"acknowledgement", "own_view", "common_ground", "own_fallibility", "appreciation"})
OPENER_OF = {"confirmed": "confirm", "distorted": "correct"}
"""What he says of a paraphrase before he answers the question behind it; half right is let pass then."""
WEIGHT = {
    "paraphrase": 9,
    "suggestion": 8,
    "own_fallibility": 7,
    "common_ground": 7,
    "own_view": 6,
    "observation": 5,
    "softening": 4,
    "appreciation": 3,
    "framing": 3,
    "acknowledgement": 2,
    "off_task": 2,
    "social": 1,
}
"""Which of several statements he answers."""
GROUNDS_WEIGHT = 1
"""What grounds add to a view."""
SITUATION_OF = {
    "leading_question": "leading",
    "accusing_question": "accusing",
    "observation": "observation",
    "judgement": "judgement",
    "appreciation": "appreciation",
    "common_ground": "common_ground",
    "softening": "softening",
    "paraphrase": "unclear_paraphrase",
}


def _weight(act: Act) -> float:
    """Return how much a statement asks to be answered: half, where it was not read for sure."""
    weight = WEIGHT.get(act.segment.move, 0) + (GROUNDS_WEIGHT if "with_grounds" in act.forms else 0)
    return weight if act.segment.sure else weight / 2


def _poured_out(memory: Memory) -> bool:
    """Return whether he has just gone on by himself twice running: now it is for the leader to ask."""
    last = memory.played[-GOES_ON:]
    return len(last) == GOES_ON and all(turn.situation == "confirm" and turn.told for turn in last)


def _leaves_open(act: Act) -> bool:
    """Return whether a question, read as a step, leaves him the choice ("Which lesson would you pick?")."""
    return "pressed" not in act.forms and ("dated" not in act.forms or bool(CHOICE.search(act.segment.text)))


def _asks_plainly(act: Act, hit: Act) -> bool:
    """Return whether an open question was read with more confidence than the blow before it."""
    surer = act.segment.confidence > hit.segment.confidence
    return surer and act.segment.move in {"open_question", "closed_question"} and "check" not in act.forms


def _effort(act: Act) -> int:
    """Return how much answering costs: he takes the easiest of several questions."""
    if act.segment.move == "closed_question":
        return 0
    return 1 if act.segment.focus in {"action", "other"} else 2
