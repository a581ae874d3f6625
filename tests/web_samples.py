"""A conversation, a debrief and a studio to draw: nothing here needs the encoder, the record or a browser."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from bot.coach.agreement import Agreement
from bot.coach.debrief import Debrief, RatingPair, Strength, Talk
from bot.coach.guide import Guide, Stage
from bot.coach.ledger import Belief, Met, Sold
from bot.coach.maps import Guess, MapItem, TheoryMap
from bot.coach.moments import Moment
from bot.coach.notice import Chip, Observation
from bot.coach.practice import Practice, practice
from bot.coach.rubric import Behaviour
from bot.coach.tips import Tip
from bot.coach.wording import Worded
from bot.colleague.levels import Level, load_levels
from bot.colleague.loading import load_scenario
from bot.colleague.scenario import Scenario
from bot.colleague.state import State
from bot.colleague.turn import Turn
from bot.errors import ScenarioError, UsageError
from bot.exports.paper import Choice
from bot.library.catalogue import Held, LeftOut, Standing, Taken
from bot.library.ingest import IngestReport, Progress
from bot.library.loading import Article
from bot.library.passages import Passage
from bot.library.search import Found
from bot.reading_room import Answer, Use
from bot.record.kept import UNKEPT, Summary
from bot.settings import PACKAGE, Settings
from bot.studio import Shown, View
from bot.wordsmith import Question, VoiceCard

NASTY = "<script>alert(1)</script><img src=x onerror=alert(2)> {{7*7}} ${7*7} *stars* \"q\" 'a' & `code`\nnext"
NOW = datetime(2026, 11, 21, 15, 52, tzinfo=UTC)


@cache
def alex() -> Scenario:
    """Return the shipped scenario, read once."""
    return load_scenario(PACKAGE.parent / "prompts", "alex-geography")


def state(understood: float = 10, defensiveness: float = 35, openness: float = 10) -> State:
    return State(60, defensiveness, understood, 5, 5, openness, 30)


def turn(number: int, words: str = "What makes a task worth doing?", **changed: Any) -> Turn:
    plain = Turn(number, words, (), (), state(10 + 5 * number), (0,), 0, "They finish it.", "asked", "middle")
    return replace(plain, **changed)


def shown(number: int, words: str = "What makes a task worth doing?", **changed: Any) -> Shown:
    observation = Observation((Chip("Asked openly", False), Chip("Pressed", True)), words, "He said a little more.")
    tip = Tip("always", "Say back what you heard.", 6, "p1", "A field guide", "Checking")
    return Shown(turn(number, words, **changed), observation, tip)


def view(scenario: Scenario, *turns: Shown, **changed: Any) -> View:
    stages = (
        Stage("problem", "Your concern", "done", "said", 1),
        Stage("step", "A next step", "none", "not yet", None),
    )
    asks = ("What matters here?", "What would show us?", "And then?")
    beliefs = (MapItem("Finishing settles them.", "you asked, turn 1"),)
    plain = View(
        id="abc123",
        title="Alex, first attempt",
        scenario=scenario,
        level="",
        mode="practise",
        opening="You wanted a word?",
        turns=turns,
        guide=Guide("ajar", "The door is ajar.", "He is waiting.", stages, "His reasons", "Why", lambda: asks),
        his_map=TheoryMap(beliefs, (), (), more=True),
        kinds={"open_question": "an open question", "judgement": "a verdict", "directive": "an order"},
        notes={"beliefs": "Tasks should make them think.", "unsaid": "He is coasting."},
        ending=None,
        started=NOW,
        rated={},
        reflection="",
        voice_note="Alex speaks with his written voice. Nothing you say leaves this laptop.",
        parent_id=None,
        branched_after=None,
    )
    return replace(plain, **changed)


def looking_back(*turns: int, words: str = "What did we get wrong?") -> Debrief:
    hidden = MapItem("It costs me my Sundays.", "", hidden=True)
    return Debrief(
        ending="stand_off",
        ending_name="Stand-off",
        headline="You both stayed where you were.",
        summary="At turn 2 he told you about finishing.",
        six_weeks="Nothing has changed.",
        why="Two views were put.",
        strength=Strength("You asked what you had got wrong.", words, 2),
        moments=(Moment("B", 2, "ordered_now", words, "Fine.", "I could nod.", "It was an order.", ("Ask first?",)),),
        behaviours=(
            Behaviour(1, "owns_concern", "Owns the concern", 3, "shown", "Specific", words, 1, ""),
            Behaviour(2, "gives_grounds", "Gives grounds", None, "not shown", "", "", None, "You gave no grounds."),
        ),
        overruled={"owns_concern": 2},
        agreement=Agreement(1, 0, 1),
        series=(state(), *(state(10 + 9 * number, 40, 20) for number in turns)),
        words="Alex began with 10 of 100.",
        marks=((2, "B", "try again"),),
        mine=TheoryMap((MapItem("Tasks should make them think.", "in your notes, not said"),), (), (), more=False),
        his=TheoryMap((hidden, MapItem("They finish it.", "you asked, turn 1")), (), (), more=False),
        guesses=(Guess(words, "a finished page is learning", 2), Guess("He is coasting.", "", None)),
        ledger=(
            Belief(1, "problem", "mine", words, False, None),
            Belief(2, "cause", "his", "They finish it.", True, 3),
        ),
        met=(Met(2, "cause", False),),
        sold=Sold((2, 5), ()),
        talk=Talk(80, 60, 4, 3),
        ratings=(RatingPair("listened", "He felt listened to", "Alex felt listened to", 2, 3),),
        question="What would have changed your mind?",
    )


class Tags(HTMLParser):
    """The tags and attributes of some HTML."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.kinds: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.kinds.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.words += data


def words_of(page: str) -> str:
    return " ".join(Tags(page).words.split())


HELD = Held(
    "articles/guide.md", "guide", "A guide", "Ruth", "2020", "", "MIT", 0, 1, NOW, Path("guide.md"), frozenset()
)


class FakeCatalogue:
    """One article, until it is removed."""

    def __init__(self) -> None:
        self.shelf = [HELD]
        self.away: dict[str, str] = {}

    def held(self, place: str) -> Held:
        for one in self.shelf:
            if one.place == place:
                return one
        raise UsageError("That article is no longer in the library.")

    def remove(self, place: str) -> Held:
        gone = self.held(place)
        self.shelf.remove(gone)
        self.away[place] = gone.title
        return gone

    def bring_back(self, place: str) -> str:
        self.shelf.append(HELD)
        return self.away.pop(place)

    def make_index_anew(self) -> None:
        return None


class FakeReadingRoom:
    """A library of one article. `fault` is raised by whatever fills it."""

    is_ready = True
    may_look_after = True

    def __init__(self) -> None:
        text = "# A guide\n\nListen first.\n"
        self.whole = Article("guide", "A guide", "Ruth", "", "2020", "MIT", text, Path("guide.md"))
        self.only = Passage("p1", "guide", "A guide", "Ruth", "", "", "Listen first.", 11, 24)
        self.catalogue = FakeCatalogue()
        self.asked: list[str] = []
        self.fault: Exception | None = None
        self.described: dict[str, str] = {}
        self.remove, self.bring_back = self.catalogue.remove, self.catalogue.bring_back
        self.make_index_anew = self.catalogue.make_index_anew

    def takes(self) -> tuple[int, tuple[str, ...]]:
        return 1024, (".md",)

    def articles(self) -> list[Held]:
        return self.catalogue.shelf

    def standing(self) -> Standing:
        left = (LeftOut("a.doc", "no.", "Save it."),)
        return Standing(len(self.catalogue.shelf), 1, "whole", left, self.catalogue.away)

    def questions(self) -> int:
        return len(self.asked)

    def forget_questions(self) -> int:
        self.asked.clear()
        return 0

    def ask(self, question: str, within: str = "", _beside: str = "") -> Answer:
        if within:
            self.catalogue.held(within)
        if "listen" not in question:
            return Answer((), ())
        self.asked.append(question)
        return Answer((Found(self.only, 0.6),), ((0, 13),))

    def article(self, place: str) -> Article:
        self.catalogue.held(place)
        return self.whole

    def passage(self, which: str) -> tuple[Passage, str]:
        if which != "p1":
            raise UsageError("That passage is no longer in the library.", "Its article was changed or removed.")
        return self.only, HELD.place

    def uses(self, _held: Held) -> list[Use]:
        return [Use(NOW, "p1", "Listen first.", "s1", "Alex, first attempt", 4), Use(NOW, "", "listen?")]

    def describe(self, place: str, said: dict[str, str]) -> Held:
        self.described = said
        return self.catalogue.held(place)

    def take_in(self, _batch: str, tell: Callable[[Progress], None], *, large: list[str], lost: list[str]) -> Taken:
        tell(Progress(1, 2, "guide.md"))
        if self.fault:
            raise self.fault
        left_out = [LeftOut(name, "too large.", "Cut it.") for name in large]
        return Taken([HELD], [("twice.md", "A guide")], [*left_out, *(LeftOut(name, "lost.", "") for name in lost)])

    def look_again(self, tell: Callable[[Progress], None]) -> IngestReport:
        tell(Progress())
        return IngestReport(added=["a"])

    def wait_for_index(self) -> None:
        return None


LEVELS = ("Absent", "Undermined", "Generic", "Specific", "Changed something")


class FakeAttempts:
    """One conversation each, and nothing to compare."""

    levels = LEVELS

    def beside(self, _session: str, _other: str = "") -> None:
        return None

    def practice(self) -> Practice:
        return practice([])

    def log(self, kind: str) -> tuple[str, bytes]:
        return f"alex-practice-log.{kind}", b"words"


def card(**changed: Any) -> VoiceCard:
    plain = VoiceCard(
        name="gpt-4.1-mini",
        place="api.openai.com",
        is_here=False,
        on=True,
        fixed=False,
        now="The last line was worded by gpt-4.1-mini at api.openai.com.",
        sent=("your last words",),
        kept_here=("names",),
        cost="This conversation: 3 requests, about $0.02.",
    )
    return replace(plain, **changed)


class FakeStudio:
    """Keeps views instead of conversations. `fault` is raised by the next thing it is asked to say."""

    def __init__(self, scenario: Scenario) -> None:
        self.only = scenario
        self.settings = Settings(_env_file=None)
        self.kept_on = "laptop"
        self.views: dict[str, View] = {}
        self.fault: Exception | None = None
        self.reading_room = FakeReadingRoom()
        self.attempts = FakeAttempts()
        self.card: VoiceCard | None = None
        self.answers: list[Any] = []
        """What the model does next: a value, or an error to raise."""

    def voice(self, _session: str = "") -> VoiceCard | None:
        return self.card

    def stay_local(self, local: bool) -> None:
        assert self.card
        self.card = replace(self.card, on=not local)

    def ask_coach(self, session: str) -> View:
        return self.open(session)

    def prose(self, _session: str) -> str:
        return str(self._answered())

    def read_again(self, _session: str) -> list[Question]:
        found: list[Question] = self._answered()
        return found

    def answer(self, _question: str, _within: str = "", _beside: str = "") -> list[Any]:
        found: list[Any] = self._answered()
        return found

    def _answered(self) -> Any:
        found = self.answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    def where_words_go(self) -> str:
        return "Everything stays on this laptop"

    def scenarios(self) -> list[Scenario]:
        return [self.only]

    def scenario(self, _name: str) -> Scenario:
        return self.only

    def broken(self) -> list[ScenarioError]:
        return []

    def levels(self) -> list[Level]:
        return list(load_levels(PACKAGE.parent / "prompts").values())

    def begin(
        self,
        _scenario: str,
        mode: str = "practise",
        notes: dict[str, str] | None = None,
        *,
        level: str = "usual",
        kept: bool = True,
    ) -> View:
        name = f"{'' if kept else UNKEPT}s{len(self.views) + 1}"
        return self._keep(view(self.only, id=name, mode=mode, notes=notes or {}, is_kept=kept))

    def open(self, session: str) -> View:
        if session not in self.views:
            raise UsageError(f"There is no session {session!r}.", "Look under Transcripts.")
        return self.views[session]

    def say(self, session: str, words: str) -> View:
        if self.fault:
            raise self.fault
        before = self.open(session)
        return self._keep(replace(before, turns=(*before.turns, shown(len(before.turns) + 1, words))))

    def take_back(self, session: str) -> tuple[View, str]:
        before = self.open(session)
        return self._keep(replace(before, turns=before.turns[:-1])), before.turns[-1].turn.words

    def branch(self, session: str, after: int) -> View:
        before = self.open(session)
        return self._keep(replace(before, id=f"s{len(self.views) + 1}", turns=before.turns[:after], ending=None))

    def finish(self, session: str) -> View:
        return self._keep(replace(self.open(session), ending="stand_off"))

    def go_on(self, session: str) -> View:
        return self._keep(replace(self.open(session), ending=None))

    def is_told_of(self, session: str) -> bool:
        return self.open(session).ending is not None and self.settings.tells_a_store

    def rate(self, session: str, ratings: dict[str, int]) -> None:
        self._keep(replace(self.open(session), rated=ratings))

    def reflect(self, session: str, text: str) -> None:
        self._keep(replace(self.open(session), reflection=text))

    def debrief(self, session: str) -> Debrief:
        return looking_back(*(one.turn.number for one in self.open(session).turns))

    def word_it(self, _session: str, draft: str) -> Worded:
        return Worded((f"What lies behind {draft!r}?",), "Yours asks for a yes.", "Your solution")

    def sessions(self, search: str = "") -> list[Summary]:
        found = [one for one in self.views.values() if search in str([turn.turn.words for turn in one.turns])]
        return [Summary(v.id, v.title, v.scenario.name, NOW, NOW, len(v.turns), v.ending) for v in found]

    def rename(self, session: str, title: str) -> None:
        self._keep(replace(self.open(session), title=title))

    def delete(self, session: str) -> None:
        del self.views[session]

    def last_open(self) -> str | None:
        return next((one.id for one in self.views.values() if one.turns and one.ending is None), None)

    def export(self, session: str, kind: str, choice: Choice) -> tuple[str, bytes]:
        left_out = "" if all(vars(choice).values()) else str(choice)
        return f"alex-{self.open(session).title}.{kind}", f"words{left_out}".encode()

    def _keep(self, kept: View) -> View:
        self.views[kept.id] = kept
        return kept


def in_a_loop(make: Callable[[], Any]) -> Any:
    """Return what `make` makes inside a running event loop: outside one, Gradio opens two and closes neither."""

    async def made() -> Any:
        return make()

    return asyncio.run(made())
