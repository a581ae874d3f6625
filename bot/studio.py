"""The studio: what a page or a terminal can ask for. Joins a rehearsal to its record, its coach and the library."""

import io
import json
import secrets
import threading
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from bot.attempts import Attempts
from bot.coach.agreement import HIGHEST
from bot.coach.coach import Coach, Notes
from bot.coach.debrief import Debrief
from bot.coach.guide import Guide
from bot.coach.maps import TheoryMap, his_map
from bot.coach.notice import Observation
from bot.coach.rubric import Behaviour
from bot.coach.tips import Cited, Tip
from bot.coach.wording import Worded
from bot.colleague.levels import USUAL, Level, at_level, level_named, load_levels
from bot.colleague.loading import scenario_names
from bot.colleague.memory import Memory
from bot.colleague.scenario import Scenario
from bot.colleague.turn import Turn
from bot.elsewhere.desk import Elsewhere
from bot.errors import LibraryError, ModelError, NotAllowed, ScenarioError, UsageError
from bot.exports.making import Cover
from bot.exports.paper import Choice
from bot.exports.writing import ALL, check_kind, written
from bot.groups import Groups
from bot.people.people import People
from bot.people.person import Person, whoever_uses_this_computer
from bot.reading_room import ReadingRoom
from bot.record.accounts import Account
from bot.record.kept import Kept, KeptTurn, Summary, is_kept
from bot.record.unkept import KeptAndUnkept
from bot.session import House, Rehearsal, open_house
from bot.settings import Settings
from bot.sharing import Sharing
from bot.wordsmith import PASSAGES, Question, VoiceCard, Wordsmith, voices_said

if TYPE_CHECKING:
    from bot.learning_record.telling import LearningRecord
    from bot.library.passages import Passage
    from bot.library.search import Library
    from bot.model.library import Founded
    from bot.record.statements import Statement

AT_HAND = 64
"""Rehearsals held in memory; any other is read from the record again."""
NOTES = TypeAdapter(Notes)


@dataclass(frozen=True)
class Shown:
    """A turn with what the coach said of it."""

    turn: Turn
    observation: Observation | None
    tip: Tip | None
    corrected: bool = False
    """Whether the leader put a reading of it right."""


@dataclass(frozen=True)
class View:
    """Everything needed to draw a session."""

    id: str
    title: str
    scenario: Scenario
    mode: str
    level: str
    """Its name, or '' as usual."""
    opening: str
    turns: tuple[Shown, ...]
    guide: Guide
    his_map: TheoryMap
    kinds: dict[str, str]
    """Each move as the page names it."""
    notes: dict[str, str]
    ending: str | None
    started: datetime
    rated: dict[str, int]
    reflection: str
    voice_note: str
    """Who has spoken, and what leaves the machine."""
    parent_id: str | None
    branched_after: int | None
    voice: VoiceCard | None = None
    """The language model, where one is set."""
    coach_note: str = ""
    """Why a tip that a model was to put into words is the written one, or ''."""
    is_kept: bool = True
    """Whether it outlives the program."""


class Studio:
    """One per process. Cheap to make: the encoder, the scenarios and the library are loaded when first needed."""

    def __init__(self, settings: Settings, who: Callable[[], Person] = whoever_uses_this_computer) -> None:
        """Take the settings, and what says for whom something is done: on a server it may raise NotAllowed."""
        self.settings = settings
        self.who = who
        self._lock = threading.Lock()
        self._opening = threading.Lock()
        self._opened: KeptAndUnkept | None = None
        self._at_hand: OrderedDict[str, Rehearsal] = OrderedDict()
        self._speaking: dict[str, threading.Lock] = {}
        self._shelf = _LibraryShelf(self)

    # What there is ------------------------------------------------------------------------------------------------

    @cached_property
    def house(self) -> House:
        """Return what all rehearsals share."""
        return open_house(self.settings.prompts)

    @property
    def whole_record(self) -> KeptAndUnkept:
        """Return the transcript store, opened once: for what concerns everybody."""
        with self._opening:
            if self._opened is None:
                self._opened = KeptAndUnkept(self.settings.record_url, keeps_nothing=self.settings.keep_nothing)
            return self._opened

    @property
    def record(self) -> KeptAndUnkept:
        """Return the transcripts of whoever asks, and of nobody else. Raise NotAllowed where nobody does."""
        return self.whole_record.of(self.who().id)

    @cached_property
    def people(self) -> People:
        """Return who may use this server."""
        return People(self.whole_record.accounts)

    @cached_property
    def coach(self) -> Coach:
        """Return the coach."""
        return Coach(self.settings.prompts, self.house.codebook, self._shelf, reads=self.house.reads)

    @property
    def attempts(self) -> Attempts:
        """Return what several sessions show together."""
        return Attempts(self.record, self.coach, self.memory, self.settings.prompts)

    @cached_property
    def elsewhere(self) -> Elsewhere:
        """Return what reads conversations that were held elsewhere."""
        return Elsewhere(self.settings.prompts)

    @cached_property
    def wordsmith(self) -> Wordsmith:
        """Return what a language model adds, where one is set."""
        return Wordsmith(self.settings, self.house)

    @cached_property
    def reading_room(self) -> ReadingRoom:
        """Return the library with what its articles were cited for."""
        return ReadingRoom(
            self.settings,
            library=self.library,
            record=lambda: self.record,
            private=lambda words: self.house.outside.notice(words) is not None,
            who=self.who,
        )

    @cached_property
    def sharing(self) -> Sharing:
        """Return the links to conversations."""
        return Sharing(lambda: self.record, lambda: self.whole_record, self._cover_or_none, self._kinds)

    @cached_property
    def groups(self) -> Groups:
        """Return the groups of whoever asks: those they look after, and those they are in."""
        return Groups(self.who, lambda: self.whole_record, self.sharing, self._behaviours, self._refuse_unplayable)

    def _behaviours(self, kept: Kept) -> tuple[Behaviour, ...] | None:
        try:
            return self.coach.behaviours(self._memory_of(kept))
        except ScenarioError:
            return None

    def _refuse_unplayable(self, scenario: str, level: str) -> None:
        level_named(self.settings.prompts, level)
        if scenario not in {one.name for one in self.scenarios()}:
            raise UsageError("There is no such scenario here.", "Choose one from the list.")

    @cached_property
    def learning_record(self) -> "LearningRecord | None":
        """Return the store that is told of finished rehearsals, or None where none is set.

        Raise UsageError for settings with which none can be told anything.
        """
        if not self.settings.tells_a_store:
            return None
        from bot.learning_record.telling import LearningRecord

        return LearningRecord(self.settings, lambda: self.whole_record)

    def _kinds(self, cover: Cover) -> dict[str, str]:
        return self.coach.kinds(cover.person)

    @cached_property
    def _library(self) -> "Library":
        from bot.library.search import Library

        return Library(self.settings, self.house.encoder)

    def library(self) -> "Library":
        """Return the library. Raise LibraryError if it cannot be opened."""
        return self._library

    def warm(self) -> None:
        """Load everything a first turn needs. Tips go without a source until the library is ready."""
        self._shelf.waiting = True
        try:
            self._warm()
        finally:
            self._shelf.waiting = False

    def _warm(self) -> None:
        self.house.encoder.warm()
        self.house.matcher.warm()
        self.house.pairer.warm()
        for scenario in self.scenarios()[:1]:
            Rehearsal(self.house, scenario).hear("What makes a task worth doing, for you?")
        self.library().ensure()
        if self.settings.is_server:
            self._shelf.waiting = False
            for scenario in self.scenarios()[:1]:
                self.coach.warm(Rehearsal(self.house, scenario).memory)

    def scenarios(self) -> list[Scenario]:
        """Return every scenario that can be played, in order of name. Raise ScenarioError where none can."""
        found, faults = self._looked_through()
        if not found and faults:
            raise faults[0]
        return found

    def broken(self) -> list[ScenarioError]:
        """Return what is wrong with the scenarios that cannot be played, one fault each."""
        return self._looked_through()[1]

    def _looked_through(self) -> tuple[list[Scenario], list[ScenarioError]]:
        found: list[Scenario] = []
        faults: list[ScenarioError] = []
        for name in scenario_names(self.settings.prompts):
            try:
                found.append(self.scenario(name))
            except ScenarioError as fault:
                faults.append(
                    ScenarioError(f"{name}/{fault.file}", fault.fault.removeprefix(f"{fault.file}: "), fault.fix)
                )
        return found, faults

    def scenario(self, name: str) -> Scenario:
        """Return one scenario. Raise ScenarioError."""
        return self.house.scenario(name)

    def levels(self) -> list[Level]:
        """Return the levels at which a scenario can be played."""
        return list(load_levels(self.settings.prompts).values())

    def where_words_go(self) -> str:
        """Return one line for the top of the page: whether anything leaves this machine."""
        card = self.wordsmith.card()
        what = "What you say" if self.settings.tells_a_store else "Everything"
        here = f"{what} stays on this {self.kept_on}"
        if self.settings.keep_nothing:
            here = f"Nothing is kept. {here}"
        if card is None or not card.on:
            return here
        if card.is_here:
            return f"{here}; {card.name} on it words the lines"
        kept = "Nothing is kept here. " if self.settings.keep_nothing else ""
        return f"{kept}What is said goes to {card.place}, names replaced"

    # The language model -------------------------------------------------------------------------------------------

    def voice(self, session_id: str = "") -> VoiceCard | None:
        """Return who is speaking, what is sent and what it has cost; None where no model is set.

        What it has cost everybody together is for whoever looks after the server.
        """
        return self._card(self.memory(session_id) if session_id else None)

    def _card(self, memory: Memory | None) -> VoiceCard | None:
        return self.wordsmith.card(memory, for_all=self.who().looks_after_server)

    def stay_local(self, local: bool) -> None:
        """Use no model from now on, or use it again: for everybody.

        Raise NotAllowed for somebody who does not look after the server, UsageError where a setting says otherwise.
        """
        if not self.who().looks_after_server:
            raise NotAllowed(
                "Whether this server uses a language model is not for one person to say.",
                "Ask whoever looks after it.",
            )
        self.wordsmith.stay_local(local)
        self._forget_all()

    def ask_coach(self, session_id: str) -> View:
        """Return the session with its last tip put into words by the model, where one is in use and can."""
        view = self.open(session_id)
        last = view.turns[-1] if view.turns else None
        if not self.wordsmith.on or last is None or last.tip is None or last.turn.out_of_role:
            return view
        try:
            says = self.wordsmith.tip(session_id, self.memory(session_id), last.tip.says)
        except ModelError as error:
            return replace(view, coach_note=f"The tip is the coach's own. {error}")
        return replace(view, turns=(*view.turns[:-1], replace(last, tip=replace(last.tip, says=says))))

    def prose(self, session_id: str) -> str:
        """Return the findings of a debrief as prose. Raise ModelError."""
        return self.wordsmith.prose(self.memory(session_id), self.debrief(session_id))

    def read_again(self, session_id: str) -> list[Question]:
        """Return what a second reader read otherwise, as questions. Nothing is changed. Raise ModelError."""
        memory = self.memory(session_id)
        return self.wordsmith.read_again(memory, self.coach.kinds(memory.scenario.colleague))

    def answer(self, question: str, within: str = "", beside: str = "") -> "list[tuple[Founded, Passage]]":
        """Return an answer of the model's in sentences, each with its passage. Raise ModelError."""
        found = [one.passage for one in self.reading_room.ask(question, within, beside).found][:PASSAGES]
        said = self.wordsmith.answer(question, [passage.text for passage in found]) if found else ()
        return [(one, found[one.place]) for one in said]

    @property
    def kept_on(self) -> str:
        """Return what everything is kept on, in a word."""
        return self.settings.kept_on

    # A rehearsal --------------------------------------------------------------------------------------------------

    def begin(
        self,
        scenario: str,
        mode: str = "practise",
        notes: dict[str, str] | None = None,
        seed: int | None = None,
        level: str = USUAL,
        *,
        kept: bool = True,
    ) -> View:
        """Start a session and return it: in memory alone unless it is `kept`. Raise UsageError for an unknown level."""
        seed = secrets.randbelow(2**31) if seed is None else seed
        chosen = at_level(self.scenario(scenario), level_named(self.settings.prompts, level), seed)
        rehearsal = Rehearsal(self.house, chosen, seed)
        row = self.record.start(
            kept=kept,
            scenario=scenario,
            title=f"{chosen.colleague.name}, {datetime.now().day} {datetime.now():%B, %H:%M}",
            seed=seed,
            mode=mode,
            level=level,
            opening=rehearsal.opening,
            scenario_hash=chosen.fingerprint,
            reader_hash=self.house.reader.name,
            notes=notes or {},
        )
        threading.Thread(target=self._warm_up, args=[rehearsal], name="warming", daemon=True).start()
        return self.open(row.id)

    def open(self, session_id: str) -> View:
        """Return a session as it stands. Raise UsageError for an unknown one."""
        kept = self.record.session(session_id)
        rehearsal = self._rehearsal(kept)
        return self._view(kept, rehearsal)

    def say(self, session_id: str, words: str) -> View:
        """Take a turn. What is shown has been kept before this returns, except what may not be kept."""
        with self._one_at_a_time(session_id):
            turn = self._rehearsal(self.record.session(session_id)).take_turn(words)
        view = self.open(session_id)
        return view if turn.kept else _with_aside(view, Shown(turn, None, None))

    def take_back(self, session_id: str) -> tuple[View, str]:
        """Withdraw the last turn. Return the session without it, and the leader's words."""
        withdrawn = self.record.withdraw_last(session_id)
        self._forget(session_id)
        return self.open(session_id), withdrawn.turn.words

    def branch(self, session_id: str, after: int) -> View:
        """Return a new session that stands where this one stood after turn `after`."""
        kept = self.record.session(session_id)
        title = f"{kept.title.removesuffix(' (again)')} (again)"
        return self.open(self.record.branch(session_id, after, title).id)

    def correct(self, session_id: str, number: int, place: int, move: str) -> View:
        """Read the sentence at `place` of turn `number` as the leader says it was meant; return the session.

        What the colleague felt and said stays as it was; the coach goes by it from now on, and it is kept.
        """
        with self._one_at_a_time(session_id):
            rehearsal = self._rehearsal(self.record.session(session_id))
            turn = rehearsal.corrected(number, place, move)
            before = Memory(rehearsal.scenario, rehearsal.opening, rehearsal.turns[: number - 1])
            given = [notes.tip for notes in rehearsal.notes[: number - 1] if notes.tip]
            notes = self.coach.notice(turn, before, given, rehearsal.seed)
            self.record.correct(session_id, turn, _as_kept(notes))
            self._forget(session_id)
        return self.open(session_id)

    def finish(self, session_id: str) -> View:
        """End a session and return it. Where a learning record store is set, it will be told who finished what."""
        kept = self.record.session(session_id)
        self.record.finish(session_id, self._rehearsal(kept).ending.id, self._statement_of(kept))
        return self.open(session_id)

    def _statement_of(self, kept: Kept) -> "Statement | None":
        account = self.who().id
        if not account or self.learning_record is None or not is_kept(kept.id):
            return None
        plot = self.scenario(kept.scenario).plot
        return self.learning_record.of(kept, account, plot.title, plot.note)

    def is_told_of(self, session_id: str) -> bool:
        """Return whether a learning record store is told that the session was finished."""
        return self.settings.tells_a_store and is_kept(session_id) and self.record.is_told_of(session_id)

    def known_as(self) -> str:
        """Return what a learning record store knows whoever asks as; '' where none is set."""
        return self.learning_record.known_as(self.who().id) if self.learning_record else ""

    def go_on(self, session_id: str) -> View:
        """Take up a session that was ended."""
        self.record.finish(session_id, None)
        return self.open(session_id)

    def rate(self, session_id: str, ratings: dict[str, int]) -> None:
        """Keep the leader's own rating, rating id -> 0 to 4."""
        self.record.rate(session_id, ratings)

    def overrule(self, session_id: str, levels: dict[str, int]) -> None:
        """Keep a coach's levels by behaviour: 0 to 4, or -1 for not shown. Raise UsageError for any other."""
        known = {one.id for one in self.coach.rubric.behaviours}
        if unknown := [name for name, level in levels.items() if name not in known or not -1 <= level <= HIGHEST]:
            raise UsageError(f"{unknown[0]!r} cannot be given that level.", f"Levels go from 0 to {HIGHEST}.")
        self.record.overrule(session_id, levels)

    def reflect(self, session_id: str, text: str) -> None:
        """Keep what the leader takes away."""
        self.record.reflect(session_id, text)

    def debrief(self, session_id: str, *, unsaid: bool = True) -> Debrief:
        """Return the debrief of a session as it stands; with `unsaid` False, as if nothing had been left unsaid."""
        return self._debrief_of(self.record.session(session_id), unsaid=unsaid)

    def _debrief_of(self, kept: Kept, *, unsaid: bool) -> Debrief:
        rehearsal = self._rehearsal(kept)
        notes = {name: text for name, text in _texts(kept.notes).items() if unsaid or name != "unsaid"}
        return self.coach.debrief(
            rehearsal.memory,
            notes=notes,
            self_rating=kept.self_rating,
            seed=kept.seed,
            overruled=kept.overruled,
            likest=rehearsal.likest,
        )

    def memory(self, session_id: str) -> Memory:
        """Return what was said in a session, as it stands."""
        return self._memory_of(self.record.session(session_id))

    def _memory_of(self, kept: Kept) -> Memory:
        return Memory(self._played(kept), kept.opening, self._turns_of(kept))

    def word_it(self, session_id: str, draft: str) -> Worded:
        """Return curious versions of a draft. Raise UsageError if there is none."""
        if not draft.strip():
            raise UsageError("There is nothing to word yet.", "Write what you would say, however roughly.")
        rehearsal = self._rehearsal(self.record.session(session_id))
        if self.house.outside.notice(draft) is not None:
            raise UsageError(
                "That is not something to practise here.", "Say it, and the program will answer for itself."
            )
        written = self.coach.word_it(draft, rehearsal.hear(draft), rehearsal.memory, rehearsal.asked_like(draft))
        return self.wordsmith.word_it(rehearsal.memory, draft, written) if self.wordsmith.on else written

    # Transcripts --------------------------------------------------------------------------------------------------

    def sessions(self, search: str = "") -> list[Summary]:
        """Return the sessions in which anything was said, newest first; with `search`, those in which it was said."""
        return [one for one in self.record.sessions(search) if one.turns]

    def last_open(self) -> str | None:
        """Return the newest session that has turns and has not been finished, or None."""
        may = self.record.may_change
        return next((one.id for one in self.sessions() if one.ending is None and one.turns and may(one.id)), None)

    def rename(self, session_id: str, title: str) -> None:
        """Give a session another title. Raise UsageError for an empty one."""
        if not title.strip():
            raise UsageError("A title needs at least one letter.", "Type one, or leave the old one.")
        self.record.rename(session_id, title.strip())

    def delete(self, session_id: str) -> None:
        """Remove a session for good."""
        self.record.delete(session_id)
        self._forget(session_id)

    def forget_in_time(self) -> int:
        """Delete what nobody has changed for as many days as it may be kept, and what is not kept and left alone.

        Return how many conversations.
        """
        gone = self.whole_record.forget_untouched()
        if self.settings.keep_days:
            gone += self.whole_record.delete_before(datetime.now(UTC) - timedelta(days=self.settings.keep_days))
        if gone:
            self._forget_all()
        return gone

    def remove_account(self, person: Person, password: str, address: str) -> None:
        """Delete somebody's own account with everything that is its own. Raise NotAllowed for a wrong password."""
        self.people.remove_own(person, password, address)
        self.forget_unkept(person.id)
        self._forget_all()

    def sign_out(self, person: Person, token: str) -> None:
        """Sign one browser of a person out; with it goes everything of theirs that is not kept."""
        self.people.sign_out(token)
        self.forget_unkept(person.id)

    def remove_person(self, name: str, typed: str) -> Account:
        """Delete somebody else's account, its name `typed` once more; return what it was. Raise as People.remove."""
        gone = self.people.remove(name, typed=typed, by=self.who())
        self.forget_unkept(gone.id)
        self._forget_all()
        return gone

    def new_password_for(self, name: str) -> str:
        """Give an account another password, sign it out everywhere, and return it. Raise as People.new_password."""
        password = self.people.new_password(name, by=self.who())
        self.forget_unkept(self.people.named(name).id)
        return password

    def forget_unkept(self, account_id: str) -> None:
        """Forget everything of an account that is not kept."""
        for session_id in self.whole_record.forget_of(account_id):
            self._forget(session_id)

    def export(self, session_id: str, kind: str, choice: Choice | None = None) -> tuple[str, bytes]:
        """Return (file name, content) of a session as a file of this kind; the kinds are in bot/exports/writing.py.

        Raise UsageError for another kind.
        """
        check_kind(kind)
        kept = self.record.session(session_id)
        name = f"alex-{kept.created:%Y-%m-%d}-{kept.id}.{kind}"
        choice = choice or Choice()
        return name, written(kept, self._cover(kept, choice), kind, choice)

    def everything(self) -> tuple[str, bytes]:
        """Return (file name, content) of a ZIP with all that whoever asks has kept: conversations, questions, groups.

        A conversation whose scenario has gone from prompts/ is there without its debrief.
        """
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bundle:
            for one in self.record.sessions(limit=None):
                kept = self.record.session(one.id)
                cover = self._cover_or_none(kept, ALL)
                for kind in ("jsonl", "md"):
                    bundle.writestr(f"conversations/{_dated(one)}.{kind}", written(kept, cover, kind))
                bundle.writestr(f"conversations/{_dated(one)}.json", self._beside_turns(kept))
            asked = [f"{one.asked.isoformat()}\t{one.words}\n" for one in self.record.uses.questions()]
            bundle.writestr("questions.txt", "".join(asked))
            if groups := self._groups_kept():
                bundle.writestr("groups.json", groups)
        return f"alex-everything-{datetime.now():%Y-%m-%d}.zip", packed.getvalue()

    def _beside_turns(self, kept: Kept) -> str:
        """Return what was kept of a session beside its turns, links to it and what was said there included, as JSON."""
        names = ("title", "notes", "self_rating", "overruled", "reflection", "ending")
        beside = {name: getattr(kept, name) for name in names}
        links = [asdict(one) for one in self.sharing.links(kept.id)]
        return json.dumps({**beside, "links": links}, indent=2, default=str)

    def _groups_kept(self) -> str:
        """Return the groups that whoever asks looks after or is in, as JSON; '' for none."""
        made, joined = self.groups.all(), self.groups.joined()
        if not made and not joined:
            return ""
        said = {"made": [asdict(one) for one in made], "joined": [asdict(one) for one in joined]}
        return json.dumps(said, indent=2, default=str)

    def _cover_or_none(self, kept: Kept, choice: Choice) -> Cover:
        try:
            return self._cover(kept, choice)
        except ScenarioError:
            return Cover()

    def _cover(self, kept: Kept, choice: Choice) -> Cover:
        """Return what an export says beyond the session."""
        found = self._debrief_of(kept, unsaid=choice.thoughts) if kept.ending else None
        return Cover(self.scenario(kept.scenario), found, self.coach.rubric.levels, self._passages(kept))

    def _passages(self, kept: Kept) -> dict[str, tuple[str, str]]:
        """Return the passages that the coach cited, as far as the library still has them: id -> (place, words)."""
        from bot.library.passages import plain

        tips = (note.tip for note in map(_notes_of, kept.turns))
        wanted = dict.fromkeys(tip.passage_id for tip in tips if tip and tip.passage_id)
        try:
            found = [self.library().passage(which) for which in wanted]
        except LibraryError:
            return {}
        return {one.id: (one.place, plain(one.text)) for one in found if one}

    # Inside -------------------------------------------------------------------------------------------------------

    def _warm_up(self, rehearsal: Rehearsal) -> None:
        rehearsal.warm(self.settings.vectors_path)
        self.wordsmith.warm(rehearsal.scenario.name)

    def _one_at_a_time(self, session_id: str) -> threading.Lock:
        with self._lock:
            return self._speaking.setdefault(session_id, threading.Lock())

    def _rehearsal(self, kept: Kept) -> Rehearsal:
        """Return the rehearsal as the record has it: another program may have gone on, or taken a turn back."""
        with self._lock:
            known = self._at_hand.get(kept.id)
            if known is None or known.turns != self._turns_of(kept) or (known.worder is not None) != self.wordsmith.on:
                known = self._at_hand[kept.id] = self._restored(kept)
            self._at_hand.move_to_end(kept.id)
            if len(self._at_hand) > AT_HAND:
                self._at_hand.popitem(last=False)
            return known

    def _turns_of(self, kept: Kept) -> tuple[Turn, ...]:
        scenario = self.scenario(kept.scenario)
        return tuple(_as_known(one.stands, scenario) for one in kept.turns)

    def _restored(self, kept: Kept) -> Rehearsal:
        return Rehearsal(
            self.house,
            self._played(kept),
            kept.seed,
            self._turns_of(kept),
            kept.opening,
            self.coach,
            [_notes_of(one) for one in kept.turns],
            keep=lambda turn, notes: self.record.append(kept.id, turn, _as_kept(notes)),
            worder=self.wordsmith.worder(kept.scenario),
        )

    def _played(self, kept: Kept) -> Scenario:
        """Return the scenario at the session's level; as usual where that level has gone from levels.yaml."""
        levels = load_levels(self.settings.prompts)
        return at_level(self.scenario(kept.scenario), levels.get(kept.level, levels[USUAL]), kept.seed)

    def _level_note(self, kept: Kept) -> str:
        level = load_levels(self.settings.prompts).get(kept.level)
        return "" if level is None or level.id == USUAL else level.name

    def _forget(self, session_id: str) -> None:
        self.wordsmith.forget(session_id)
        with self._lock:
            self._at_hand.pop(session_id, None)

    def _forget_all(self) -> None:
        """Keep no rehearsal in memory: whatever there still is is read from the record again."""
        self.wordsmith.forget()
        with self._lock:
            self._at_hand.clear()

    def _view(self, kept: Kept, rehearsal: Rehearsal) -> View:
        notes = [_notes_of(one) for one in kept.turns]
        shown = zip(kept.turns, notes, strict=True)
        return View(
            id=kept.id,
            title=kept.title,
            scenario=rehearsal.scenario,
            mode=kept.mode,
            level=self._level_note(kept),
            opening=kept.opening,
            turns=tuple(
                Shown(one.stands, note.observation, note.tip, one.corrected is not None) for one, note in shown
            ),
            guide=self.coach.guide(rehearsal.memory, kept.seed),
            his_map=his_map(rehearsal.memory),
            kinds=self.coach.kinds(rehearsal.scenario.colleague),
            notes=_texts(kept.notes),
            ending=kept.ending,
            started=kept.created,
            rated=kept.self_rating,
            reflection=kept.reflection,
            voice_note=_voice_note(rehearsal, voices_said(one.stands for one in kept.turns), self.kept_on),
            voice=self._card(rehearsal.memory),
            parent_id=kept.parent_id,
            branched_after=kept.branched_after,
            is_kept=kept.is_kept,
        )


class _LibraryShelf:
    """The library as the coach needs it. A library that cannot be read leaves a tip without a source, and no more."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._known: dict[str, Cited | None] = {}
        self._generation = ""
        """Of the library when it was asked last: what it answered before it changed does not count any more."""
        self.waiting = False
        """Whether the library is being opened elsewhere: nobody's turn waits for it."""

    def cite(self, query: str) -> Cited | None:
        """Return the best passage on `query`, or None."""
        if self.waiting:
            return None
        try:
            return self._cited(self._studio.library(), query)
        except LibraryError:
            return None

    def _cited(self, library: "Library", query: str) -> Cited | None:
        library.ready()
        if (generation := library.generation) != self._generation:
            self._known, self._generation = {}, generation
        if query not in self._known:
            found = library.search(query, 1)
            passage = found[0].passage if found else None
            self._known[query] = Cited(passage.id, passage.title, passage.section) if passage else None
        return self._known[query]


def _voice_note(rehearsal: Rehearsal, voices: str, kept_on: str) -> str:
    """Return who has spoken, and what leaves the machine."""
    who = rehearsal.scenario.colleague
    if rehearsal.worder is None and not voices:
        return f"{who.name} speaks with {who.their} written voice. Nothing you say leaves this {kept_on}."
    return voices or "No line has been worded by a language model yet."


def _with_aside(view: View, aside: Shown) -> View:
    return View(**{**vars(view), "turns": (*view.turns, aside)})


def _as_known(turn: Turn, scenario: Scenario) -> Turn:
    """Return the turn without facts that the scenario has lost since: a coach may have renamed one."""
    told = tuple(one for one in turn.told if one.fact in scenario.facts)
    return turn if len(told) == len(turn.told) else replace(turn, told=told)


def _dated(one: Summary) -> str:
    return f"{one.created:%Y-%m-%d}-{one.id}"


def _texts(notes: dict[str, Any]) -> dict[str, str]:
    return {name: str(text) for name, text in notes.items()}


def _as_kept(notes: Notes) -> dict[str, Any]:
    """Return the coach's notes for the record: three sentences to print, and all of it to show again."""
    kept: dict[str, Any] = {"notes": asdict(notes)}
    if notes.observation:
        kept["did"] = notes.observation.effect
    if notes.tip:
        kept["tip"] = notes.tip.says
        kept["source"] = f"{notes.tip.title}, {notes.tip.section}" if notes.tip.title else ""
    return kept


def _notes_of(one: KeptTurn) -> Notes:
    return NOTES.validate_python(one.notes["notes"]) if one.notes.get("notes") else Notes()
