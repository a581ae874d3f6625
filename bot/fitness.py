"""Whether a model is fit to play: twelve short conversations, each line judged as the model wrote it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import Field

from bot.colleague.memory import Memory
from bot.colleague.room import Plan
from bot.colleague.turn import Voiced
from bot.colleague.voice import Spoken
from bot.content import ContentModel, read_model
from bot.errors import PromptError
from bot.model import checks
from bot.model.attempts import Tally
from bot.model.moment import Moment
from bot.model.worder import ModelWorder
from bot.session import House, Rehearsal

FILE = Path(__file__).parent / "model" / "fitness.yaml"
KINDS = {
    checks.AGREED: "caves",
    checks.DATED: "caves",
    checks.LOCKED: "tells",
    checks.FIGURE: "tells",
    checks.SOMEBODY: "tells",
    checks.ROLE: "leaves the role",
    checks.NOT_SPEECH: "leaves the role",
    checks.COACHING: "coaches",
}
"""What a fault of a line says of the model; every other fault is a line that could not be used."""
UNUSABLE = "writes what cannot be used"


class Short(ContentModel):
    """One short conversation."""

    id: str
    looks_for: str
    turns: list[str] = Field(min_length=1)


class Verdict(ContentModel):
    """A verdict and from which share of usable lines it is given."""

    at_least: float
    name: str
    says: str


class FitnessFile(ContentModel):
    """fitness.yaml as written."""

    scenario: str
    conversations: list[Short]
    verdicts: list[Verdict]
    most_slips: dict[str, int]


@dataclass(frozen=True)
class Judged:
    """A line of the model's: what was wrong with it, as a kind and as a sentence; '' for nothing."""

    conversation: str
    line: str
    kind: str
    why: str


@dataclass
class Fitness:
    """What was found. `says` is the verdict in a sentence."""

    total: int
    """Conversations that there are."""
    judged: list[Judged] = field(default_factory=list)
    verdict: str = ""
    says: str = ""
    stopped: str = ""
    """Why not all were held, or ''."""

    @property
    def slips(self) -> Counter[str]:
        """Return in how many conversations it gave in, told, left the role or coached."""
        return Counter(
            kind for _, kind in {(one.conversation, one.kind) for one in self.judged} if kind in KINDS.values()
        )

    @property
    def usable(self) -> float:
        """Return the share of the conversations in which no line went wrong; those not held count as well."""
        return 1 - len({one.conversation for one in self.judged if one.kind}) / self.total


class _Judging:
    """Words lines as a worder does, and notes what the model wrote. The conversation goes on with the written line."""

    def __init__(self, worder: ModelWorder) -> None:
        self._worder = worder
        self.found: list[tuple[str, str]] = []

    def __call__(self, plan: Plan, words: str, memory: Memory, spoken: Spoken) -> Voiced:
        self.found.append(self._worder.first_attempt(Moment(plan, words, memory, spoken), Tally()))
        return Voiced(spoken.line)


def load_fitness(path: Path = FILE) -> FitnessFile:
    """Return the conversations and verdicts. Raise PromptError where the file cannot be used."""
    return read_model(path, FitnessFile, PromptError)


def judge(house: House, worder: ModelWorder, content: FitnessFile, *, to_the_end: bool = False) -> Iterator[Judged]:
    """Yield each line judged, conversation by conversation.

    A conversation ends with the first line that something is wrong with, unless `to_the_end`.
    """
    scenario = house.scenario(content.scenario)
    for short in content.conversations:
        judging = _Judging(worder)
        rehearsal = Rehearsal(house, scenario, worder=judging)
        for words in short.turns:
            before = len(judging.found)
            rehearsal.take_turn(words)
            new = [Judged(short.id, line, _kind(why), why) for line, why in judging.found[before:]]
            yield from new
            if not to_the_end and any(one.kind for one in new):
                break


def fitness(house: House, worder: ModelWorder, *, to_the_end: bool = False) -> Fitness:
    """Return whether the model behind `worder` is fit to play. Ends early once it is clear that it is not."""
    content = load_fitness()
    found = Fitness(len(content.conversations))
    for one in judge(house, worder, content, to_the_end=to_the_end):
        found.judged.append(one)
        if not to_the_end and _is_lost(found, content):
            held = len({judged.conversation for judged in found.judged})
            found.stopped = f"It was clear after {held} of {found.total} conversations."
            break
    found.verdict, found.says = _verdict(found, content)
    return found


def _is_lost(found: Fitness, content: FitnessFile) -> bool:
    """Return whether even a faultless rest could not make it usable."""
    usable = next(verdict for verdict in content.verdicts if verdict.name == "with_help")
    return found.usable < usable.at_least or sum(found.slips.values()) > content.most_slips[usable.name]


def _verdict(found: Fitness, content: FitnessFile) -> tuple[str, str]:
    slips = sum(found.slips.values())
    for verdict in content.verdicts:
        if found.usable >= verdict.at_least and slips <= content.most_slips.get(verdict.name, slips):
            return verdict.name, verdict.says
    last = content.verdicts[-1]
    return last.name, last.says


def _kind(why: str) -> str:
    return KINDS.get(why, UNUSABLE) if why else ""
