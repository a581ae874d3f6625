"""A scenario as its author wrote it: who the colleague is, what he holds, and what he may say."""

from functools import cached_property
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from bot.colleague.state import NAMES, State
from bot.content import ContentModel
from bot.listen.codebook import Condition, Effect, FocusName, FormName, MoveName, ValueName

Manner = Literal["low", "middle", "high"]
Part = Literal["belief", "action", "consequence"]
QuestionForm = Literal[
    "who",
    "when",
    "where",
    "how_many",
    "why",
    "which",
    "would_you",
    "what_think",
    "describe",
    "whether",
    "what",
    "follow_up",
]
FILES = ("scenario.yaml", "lines.yaml", "example.yaml")
"""What makes a scenario."""
MORE = "questions.yaml"
"""More ways of asking about its topics; it may be missing."""
ANSWERS = "answers.json"
"""Which lines answer which question; it may be missing."""

SITUATIONS = frozenset(
    """concern concern_grounded observation judgement directive ultimatum leading accusing suggestion_early
    suggestion_later appreciation acknowledgement_empty acknowledgement_earned softening framing not_appraisal
    common_ground disagreement apology apology_cool invited_criticism_guarded test_guarded test_open next_step_guarded
    next_step_facade next_step_bargain next_step_yes next_step_detail pressed confirm confirm_feeling partly correct
    unclear_paraphrase asked_again asked_third shifted unknown outside silence_low silence_middle silence_high
    short_turn told_already frozen stacked long_speech off_task off_task_third other_language stage_direction greeting
    thanks small_talk goodbye_step goodbye_open goodbye_facade goodbye_cold leader_word beat""".split()
)

WENT_BY = ("passing_over", "left_cost", "left_offer", "past_hint", "dodges", "left_reason")
"""Forms of a turn that leaves lying what he has just said: he thinks of that before he thinks of what came instead."""


def _complete(start: dict[str, float]) -> dict[str, float]:
    if missing := [name for name in NAMES if name not in start]:
        raise ValueError(f"{missing[0]} has no start value")
    if outside := [name for name, value in start.items() if not 0 <= value <= 100]:
        raise ValueError(f"{outside[0]} must lie between 0 and 100")
    return start


class Person(ContentModel):
    """The colleague's name and pronouns, which a coach can change."""

    name: str = Field(min_length=1)
    they: str
    them: str
    their: str


class Brief(ContentModel):
    """What the leader knows beforehand."""

    situation: list[str]
    you_know: list[str]
    worth_leaving_with: str
    remember: str


class Theory(ContentModel):
    """A theory of action: beliefs, actions, consequences."""

    beliefs: list[str]
    actions: list[str]
    consequences: list[str]


class Heard(ContentModel):
    """One thing the leader may do that helps to open a layer."""

    move: MoveName
    focus: list[FocusName] = []
    form: list[FormName] = []


class Gate(ContentModel):
    """When a layer opens: any one of `hears` in this turn, and every condition on the state."""

    hears: list[Heard] = []
    state: dict[ValueName, Condition] = {}


class Layer(ContentModel):
    """One of the seven layers of disclosure."""

    layer: int = Field(ge=0, le=6)
    name: str
    opens: Gate


class Fact(ContentModel):
    """One thing he may tell."""

    id: str
    words: str
    """A few words of his, for quoting back."""
    about: str
    """What they are about, as a noun phrase."""
    layer: int = Field(ge=0, le=6)
    part: Part
    known_as: str
    thought: str
    said_back: list[str] = Field(min_length=1)
    twisted: list[str] = []
    replaced: str


class Step(ContentModel):
    """What a real next step is made of here."""

    trial: str
    """The fact that says what he would try."""
    condition: str
    """The fact that says on what condition."""
    hints: list[str] = []
    """Facts from which the condition can be known before he names it."""
    topics: list[str] = []
    """Topics whose questions are about the trial."""
    condition_topic: str
    about: list[str]
    """Ways of asking what he would try."""
    condition_met: list[str]
    condition_refused: list[str]


class Rating(ContentModel):
    """One question on which the leader rates themself, and he rates the leader."""

    id: str
    ask: str
    me: str
    read_from: Literal["understood", "concern", "safety", "step"] = Field(alias="from")


class Ending(ContentModel):
    """A way for the conversation to end, and what came of it."""

    id: Literal["joint_step", "shutdown", "facade_yes", "stand_off", "shared_problem", "pleasant", "unfinished"]
    name: str
    headline: str
    six_weeks: str
    why: str


class MannerMarks(ContentModel):
    """Defensiveness from which he is in the middle manner, and in the high one."""

    middle: float
    high: float


class SpokenLine(ContentModel):
    """Something he may say."""

    say: str = Field(min_length=1)
    manner: tuple[Manner, ...] = ("low", "middle", "high")
    fact: str | None = None
    needs: tuple[str, ...] = ()
    """Facts that he must have told before."""
    until: tuple[str, ...] = ()
    """Facts after which it would no longer be true to himself."""
    after: tuple[MoveName, ...] = ()
    reply: bool = False
    """Whether it makes sense only in answer to a question ("New staff, I assumed."); he never goes on with it."""
    topic: str | None = None
    match: tuple[str, ...] = ()
    asked: QuestionForm | None = None
    """In `unknown` and `outside`: the form of question it answers (cues.yaml, `question_forms`)."""


class Topic(ContentModel):
    """Something he can be asked about."""

    id: str
    about: str
    because: str | None = None
    """The topic that answers "why?" after this one."""
    asks: list[str] = Field(min_length=3)
    lines: list[SpokenLine] = Field(min_length=2)
    answers: dict[str, tuple[str, ...]] = {}
    """For some of its questions, the lines that answer it, its own or another topic's; from answers.json."""


class MoreQuestions(ContentModel):
    """questions.yaml: more ways of asking, by topic."""

    topics: dict[str, list[str]]


class Situation(ContentModel):
    """What he may reply to something the leader did."""

    id: str
    lines: list[SpokenLine] = Field(min_length=1)


class Surprise(ContentModel):
    """An opening that no leader has planned for, and what it does to the first state."""

    say: str = Field(min_length=1)
    change: dict[ValueName, float] = {}


class Thought(ContentModel):
    """What goes through his head; shown afterwards only."""

    at: str
    think: str
    manner: tuple[Manner, ...] = ("low", "middle", "high")


class Lines(ContentModel):
    """Everything he may say: lines.yaml."""

    openings: list[SpokenLine] = Field(min_length=1)
    surprises: list[Surprise] = []
    topics: list[Topic] = Field(min_length=1)
    situations: list[Situation]
    reactions: list[SpokenLine]
    questions_back: list[SpokenLine]
    thoughts: list[Thought]

    @cached_property
    def by_situation(self) -> dict[str, list[SpokenLine]]:
        """Return the lines of each situation."""
        return {situation.id: situation.lines for situation in self.situations}

    @cached_property
    def by_topic(self) -> dict[str, Topic]:
        """Return the topics by name."""
        return {topic.id: topic for topic in self.topics}

    @cached_property
    def telling(self) -> dict[str, str]:
        """Return the fact that each line tells, for those that tell one."""
        grouped = [topic.lines for topic in self.topics] + [one.lines for one in self.situations]
        return {line.say: line.fact for lines in grouped for line in lines if line.fact}

    def count(self) -> int:
        """Return how many lines he has."""
        grouped = [topic.lines for topic in self.topics] + [one.lines for one in self.situations]
        return sum(map(len, grouped)) + len(self.openings) + len(self.reactions) + len(self.questions_back)


class ExampleTurn(ContentModel):
    """One turn of the worked example, with the note in its margin."""

    leader: str
    line: str
    margin: str


class Example(ContentModel):
    """A worked example: a whole conversation that goes well, missteps included."""

    title: str
    before: str
    turns: list[ExampleTurn]
    after: str


class InWords(ContentModel):
    """How a leader would speak of this case to the colleague: what the coach's wordings are filled with."""

    seen: list[str] = []
    """What follows "I saw that"."""
    worry: list[str] = []
    """What follows "I'm worried that"."""
    way: list[str] = []
    """What follows "What led you to"."""
    check: list[str] = []
    """What follows "What would we find if we"."""
    change: list[str] = []
    """What was asked for; follows "What would have to go, to make room for"."""
    brought: list[str] = []
    """What the leader did; follows "What did I leave out of"."""


class ScenarioFile(ContentModel):
    """scenario.yaml as written."""

    name: str
    title: Annotated[str, Field(max_length=40)]
    note: str
    place: str
    colleague: Person
    brief: Brief
    leaders_theory: Theory
    in_words: InWords = InWords()
    start: Annotated[dict[ValueName, float], AfterValidator(_complete)]
    manner: MannerMarks
    effects: list[Effect] = []
    layers: list[Layer]
    facts: list[Fact]
    step: Step
    ratings: list[Rating]
    endings: list[Ending]


class Scenario:
    """A scenario that has been read and checked; trusted from here on."""

    def __init__(self, plot: ScenarioFile, lines: Lines, example: Example, fingerprint: str) -> None:
        self.plot = plot
        self.lines = lines
        self.example = example
        self.fingerprint = fingerprint
        """Changes whenever one of its files does."""
        self.facts = {fact.id: fact for fact in plot.facts}
        self.gates = {layer.layer: layer.opens for layer in plot.layers}
        self.endings: dict[str, Ending] = {ending.id: ending for ending in plot.endings}

    @property
    def name(self) -> str:
        """Return the name of its folder."""
        return self.plot.name

    @property
    def colleague(self) -> Person:
        """Return who is played."""
        return self.plot.colleague

    @property
    def start(self) -> State:
        """Return the relationship before the first word."""
        return State(**self.plot.start)

    def manner(self, state: State) -> Manner:
        """Return how he speaks at this level of defensiveness."""
        if state.defensiveness >= self.plot.manner.high:
            return "high"
        return "middle" if state.defensiveness >= self.plot.manner.middle else "low"


def every_line(lines: Lines) -> list[SpokenLine]:
    """Return all lines in the order of the file."""
    found = list(lines.openings)
    for topic in lines.topics:
        found += topic.lines
    for situation in lines.situations:
        found += situation.lines
    return [*found, *lines.reactions, *lines.questions_back]
