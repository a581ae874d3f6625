"""What a language model adds where the leader has chosen one: who speaks, what is sent, and words on request.

Everything here can be left out: the program decides, and has words of its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from bot.coach.debrief import Debrief
from bot.coach.read_back import is_curious
from bot.coach.wording import Worded
from bot.colleague.memory import Memory
from bot.colleague.turn import AUTHORED, MODEL, ModelUse, Turn
from bot.errors import ModelError, UsageError
from bot.session import House
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.model.address import Address
    from bot.model.checks import Checks
    from bot.model.coaching import ModelCoach, Second
    from bot.model.library import Founded
    from bot.model.proposing import Proposal
    from bot.model.provider import Model
    from bot.model.spending import Spent
    from bot.model.worder import ModelWorder

OFFERED = 3
"""Wordings of a draft that are offered."""
SENT = (
    "for each line of {name}’s: the brief, what {they} {have} told so far, the line as it is written, your last words "
    "and the three turns before them",
    "what you ask for by hand: a tip, a draft you would like worded, the findings of a debrief, your sentences for a "
    "second reading, a question to the library with the passages found",
)
KEPT_HERE = (
    "what {name} has not told",
    "your preparation and reflection, other conversations, and turns in which the program speaks for itself",
    "names, schools, places, addresses and numbers, where the program notices them: stand-ins go in their place",
)
OFF_ON_SERVER = "No model is used on this server now: every line is a written one, and nothing is sent."
NO_MODEL = ("No language model is in use.", "Set one first: see .env.example.")
PASSAGES = 5
"""Passages that are sent with a question."""


@dataclass(frozen=True)
class Spoken:
    """How the turns of a conversation were worded, and what a model took for them; tokens and dollars None: unknown."""

    by_model: int = 0
    written: int = 0
    requests: int = 0
    tokens: int | None = 0
    usd: float | None = 0.0


@dataclass(frozen=True)
class VoiceCard:
    """Which model there is, what goes to it, and what it has taken: for the page."""

    name: str
    place: str
    is_here: bool
    on: bool
    """Whether it is used; else the leader has switched to staying local."""
    fixed: bool
    """Whether a setting, and not the switch on the page, keeps everything local."""
    now: str
    """Who is speaking now and why, in a sentence or two."""
    sent: tuple[str, ...]
    kept_here: tuple[str, ...]
    cost: str
    """What it has taken so far, in a sentence."""
    may_switch: bool = True
    """Whether whoever looks at the page may switch it off and on: for everybody, on a server."""


@dataclass(frozen=True)
class Question:
    """A sentence that the second reader took for another move: shown as a question, never changed by itself."""

    turn: int
    place: int
    words: str
    ours: str
    theirs: str
    move: str
    """The second reader's, as the codebook calls it."""


class Wordsmith:
    """The model of one studio. Cheap to make: nothing is loaded before it is asked."""

    def __init__(self, settings: Settings, house: House) -> None:
        self._settings, self._house = settings, house
        self._tips: dict[str, tuple[str, str]] = {}
        """The last tip of each session: as the coach has it, and as the model put it."""

    @property
    def on(self) -> bool:
        """Return whether a model may be asked."""
        return self._settings.model_chosen

    def stay_local(self, local: bool) -> None:
        """Switch the model off, or on again, for good. Raise UsageError where a setting says otherwise."""
        if self._settings.stay_local:
            where = self._settings.kept_on
            raise UsageError(f"ALEX_STAY_LOCAL keeps everything on this {where}.", "Take it out of the settings first.")
        mark = self._settings.local_mark
        if local:
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.touch()
        else:
            mark.unlink(missing_ok=True)

    def worder(self, scenario: str) -> "ModelWorder | None":
        """Return what words lines with a model, where the leader has chosen one; else nothing is loaded."""
        if not self.on:
            return None
        from bot.model.worder import make_worder

        return make_worder(self._settings, self._house, self._house.scenario(scenario))

    def warm(self, scenario: str) -> None:
        """Do now what the first line would otherwise wait for. Nothing is sent."""
        if worder := self.worder(scenario):
            worder.warm()
            self._model.warm()

    def forget(self, session: str = "") -> None:
        """Forget the words that the model put a session's tip into; those of every session for ''."""
        if session:
            self._tips.pop(session, None)
        else:
            self._tips.clear()

    def card(self, memory: Memory | None = None, *, for_all: bool = True) -> VoiceCard | None:
        """Return who is speaking, what is sent and what it has cost; None where no model is set.

        `for_all`: whether it is for somebody who decides for everybody, and may see what everybody's has cost.
        """
        if not self._settings.model_set:
            return None
        from bot.model.address import address_from

        address = address_from(self._settings)
        person = memory.scenario.colleague if memory else None
        slots = {
            "name": person.name if person else "the colleague",
            "they": person.they if person else "they",
            "have": "have" if person is None or person.they == "they" else "has",
        }
        return VoiceCard(
            address.name,
            address.host,
            address.is_here,
            self.on,
            self._settings.stay_local,
            self._now(memory.turns if memory else (), address),
            tuple(one.format(**slots) for one in SENT),
            tuple(one.format(**slots) for one in KEPT_HERE),
            _cost(spoken(memory.turns if memory else ()), self._spent() if for_all else None),
            for_all,
        )

    def _now(self, turns: Sequence[Turn], address: "Address") -> str:
        if not self.on and self._settings.is_server:
            return OFF_ON_SERVER
        where = f"at {address.host}; what is said goes there, names replaced"
        if address.is_here:
            where = "on this server" if self._settings.is_server else "on this machine"
        return voice_now(turns, address.name, where, self.on)

    # On request ---------------------------------------------------------------------------------------------------

    def tip(self, session: str, memory: Memory, tip: str) -> str:
        """Return the tip after the last turn in other words, the same for the same tip. Raise ModelError."""
        known, says = self._tips.get(session, ("", ""))
        if known != tip:
            says = self._coach.tip(memory, self._checks(memory), tip)
            self._tips[session] = tip, says
        return says

    def word_it(self, memory: Memory, draft: str, written: Worded) -> Worded:
        """Return the coach's wordings with the model's before them, or with the reason why there are none."""
        asked = (written.reads_as, written.why, written.says)
        try:
            ways = self._coach.wordings(memory, self._checks(memory), draft, *asked, keeps=self._is_curious)
        except ModelError as error:
            return replace(written, note=f"These are the coach's own. {error}")
        says = tuple(dict.fromkeys((*ways, *written.says)))[:OFFERED]
        return replace(written, says=says, note=f"The first {_counted(len(ways))} by {self._model.name}.")

    def prose(self, memory: Memory, found: Debrief) -> str:
        """Return the findings of a debrief as prose. The question at its end may quote the preparation: it stays here.

        Raise ModelError.
        """
        quotes = [*([found.strength.quote] if found.strength else []), *(one.words for one in found.moments)]
        strength = [found.strength.text] if found.strength else []
        moments = [f"Turn {one.turn}: {one.what}" for one in found.moments]
        findings = [found.headline, found.summary, *strength, *moments, found.why]
        return self._coach.prose(memory, findings, quotes)

    def read_again(self, memory: Memory, kinds: dict[str, str]) -> list[Question]:
        """Return what a second reader read otherwise, as questions. Raise ModelError."""
        from bot.model.coaching import Sentence

        sentences = [
            Sentence(turn.number, place, act.segment.text, act.segment.move)
            for turn in memory.played
            for place, act in enumerate(turn.acts)
        ]
        moves = {name: entry.does for name, entry in self._house.codebook.moves.items()}
        return [_question(one, kinds) for one in self._coach.read_again(memory, sentences, moves)]

    def answer(self, question: str, passages: Sequence[str]) -> "tuple[Founded, ...]":
        """Return an answer from passages, every sentence with words of one. Raise ModelError."""
        from bot.model.library import answer

        return answer(self._model, self._house.prompts, self._house.encoder, question, passages)

    def propose(self, colleague: str, notes: str) -> "tuple[Proposal, str]":
        """Return the bones of a scenario from a coach's notes, and the model's name. Raise ModelError."""
        from bot.model.proposing import propose

        return propose(self._model, self._house.prompts, colleague, notes), self._model.name

    # Inside -------------------------------------------------------------------------------------------------------

    @property
    def _model(self) -> "Model":
        if not self.on:
            raise UsageError(*NO_MODEL)
        from bot.model.provider import shared_model

        return shared_model(self._settings)

    @cached_property
    def _known_coach(self) -> "ModelCoach":
        from bot.model.coaching import ModelCoach

        return ModelCoach(self._model, self._house.prompts, self._house.encoder)

    @property
    def _coach(self) -> "ModelCoach":
        if not self.on:
            raise UsageError(*NO_MODEL)
        return self._known_coach

    def _checks(self, memory: Memory) -> "Checks":
        from bot.model.worder import checks_for

        return checks_for(self._house.scenario(memory.scenario.name), self._house.encoder)

    def _is_curious(self, words: str) -> bool:
        return is_curious(self._house.reads(words))

    def _spent(self) -> "Spent":
        from bot.model.provider import spent_so_far

        return spent_so_far(self._settings)


def voice_now(turns: Sequence[Turn], name: str, where: str, on: bool) -> str:
    """Return who is speaking and why: by the last turn, or by what is set where nothing has been said."""
    if not on:
        return "You have switched to staying local: every line is a written one, and nothing is sent."
    played = [turn for turn in turns if not turn.out_of_role]
    if not played:
        return f"Lines are worded by {name} {where}."
    last = played[-1]
    if last.voice == MODEL:
        return f"The last line was worded by {name_of(last.model) or name} {where}."
    why = last.model.why if last.model and last.model.why else "Nothing was sent for it."
    return f"The last line is a written one. {why}"


def name_of(use: ModelUse | None) -> str:
    """Return what the model was called, or ''."""
    return use.name if use else ""


def spoken(turns: Iterable[Turn]) -> Spoken:
    """Return how the turns were worded, and what that took."""
    played = [turn for turn in turns if not turn.out_of_role]
    uses = [turn.model for turn in played if turn.model]
    tokens = [None if one.sent is None or one.heard is None else one.sent + one.heard for one in uses]
    costs = [one.usd for one in uses]
    return Spoken(
        sum(turn.voice == MODEL for turn in played),
        sum(turn.voice == AUTHORED for turn in played),
        sum(one.calls for one in uses),
        None if None in tokens else sum(one or 0 for one in tokens),
        None if None in costs else sum(one or 0.0 for one in costs),
    )


def voices_said(turns: Iterable[Turn]) -> str:
    """Return who worded a conversation, in a sentence for its transcript; '' where no model was asked."""
    turns = list(turns)
    found, names = spoken(turns), sorted({turn.model.name for turn in turns if turn.model})
    if not found.requests:
        return ""
    return f"{found.by_model} of {found.by_model + found.written} lines were worded by {', '.join(names)}."


def _cost(here: Spoken, whole: "Spent | None") -> str:
    """Return what a conversation has taken, and the program since it was started, where that may be seen."""
    parts = []
    if here.requests:
        tokens = "" if here.tokens is None else f", {here.tokens:,} tokens"
        parts.append(f"This conversation: {_requests(here.requests)}{tokens}, {_dollars(here.usd)}.")
    if whole and whole.calls:
        tokens = f", {whole.sent + whole.heard:,} tokens" if whole.sent else ""
        cost = _dollars(whole.usd if whole.is_whole else None)
        parts.append(f"Since the program was started: {_requests(whole.calls)}{tokens}, {cost}.")
    return " ".join(parts) or ("Nothing has been sent yet." if whole else "Nothing of this conversation has been sent.")


def _requests(count: int) -> str:
    return "one request" if count == 1 else f"{count} requests"


def _dollars(usd: float | None) -> str:
    if usd is None:
        return "cost not known (ALEX_MODEL_PRICE can say what a million tokens cost)"
    if not usd:
        return "at no cost"
    return "less than a US cent" if usd < 0.01 else f"about ${usd:.2f}"


def _counted(ways: int) -> str:
    return "is" if ways == 1 else {2: "two are", 3: "three are"}.get(ways, f"{ways} are")


def _question(found: "Second", kinds: dict[str, str]) -> Question:
    one = found.sentence
    return Question(one.turn, one.place, one.words, kinds[one.move], kinds[found.theirs], found.theirs)
