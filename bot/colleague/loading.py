"""Loading a scenario: its three files read, and checked for holding together. Errors name file, line, fault and fix."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.colleague.answers import read_answers, with_answers
from bot.colleague.scenario import (
    ANSWERS,
    FILES,
    MORE,
    SITUATIONS,
    WENT_BY,
    Example,
    Lines,
    MoreQuestions,
    Scenario,
    ScenarioFile,
    SpokenLine,
)
from bot.content import Places, likeliest, read_model
from bot.errors import ScenarioError
from bot.listen.reading import MOVES

SEVEN_LAYERS = range(7)
COSTLY_LAYER = 3
ENDINGS = 7
PLOT, LINES = "scenario.yaml", "lines.yaml"
Where = tuple[str | int, ...]
"""The way to a value in a file: ("topics", 3, "lines", 0)."""


def load_scenario(prompts: Path, name: str) -> Scenario:
    """Return the scenario in `prompts`/scenarios/`name`. Raise ScenarioError that a coach can act on."""
    folder = prompts / "scenarios" / name
    if not folder.is_dir():
        raise ScenarioError(name, "there is no such scenario.", f"There are: {', '.join(scenario_names(prompts))}.")
    plot = read_model(folder / PLOT, ScenarioFile, ScenarioError)
    lines = read_model(folder / LINES, Lines, ScenarioError)
    example = read_model(folder / "example.yaml", Example, ScenarioError)
    _PlotCheck(plot, Places(folder / PLOT)).look(name)
    _LinesCheck(lines, plot, Places(folder / LINES)).look()
    _check_step(plot, lines, Places(folder / PLOT))
    whole = with_answers(_asked_more(folder, lines), read_answers(folder))
    return Scenario(plot, whole, example, fingerprint_of(prompts, name))


def _asked_more(folder: Path, lines: Lines) -> Lines:
    """Return the lines, with the ways of asking of questions.yaml added to their topics."""
    if not (folder / MORE).is_file():
        return lines
    more = read_model(folder / MORE, MoreQuestions, ScenarioError).topics
    if unknown := next((name for name in more if name not in lines.by_topic), None):
        where = Places(folder / MORE).at(("topics", unknown))
        raise ScenarioError(
            MORE, f"{where}: {LINES} has no topic {unknown!r}.", likeliest(unknown, lines.by_topic, "Topics")
        )
    topics = [one.model_copy(update={"asks": [*one.asks, *more.get(one.id, [])]}) for one in lines.topics]
    return lines.model_copy(update={"topics": topics})


def fingerprint_of(prompts: Path, name: str) -> str:
    """Return what changes whenever one of the scenario's files does."""
    folder, digest = prompts / "scenarios" / name, hashlib.sha256()
    for path in sorted(folder / file for file in (*FILES, MORE, ANSWERS) if (folder / file).is_file()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def scenario_names(prompts: Path) -> list[str]:
    """Return the names of all scenarios, sorted."""
    folder = prompts / "scenarios"
    found = (path.parent.name for path in folder.glob("*/scenario.yaml")) if folder.is_dir() else ()
    return sorted(name for name in found if not name.startswith((".", "_")))


class _PlotCheck:
    """Whether scenario.yaml holds together."""

    def __init__(self, plot: ScenarioFile, places: Places) -> None:
        self._plot, self._places = plot, places

    def look(self, folder: str) -> None:
        plot = self._plot
        if plot.name != folder:
            self._refuse(("name",), f"it is {plot.name!r}, but the folder is {folder!r}", "Make them the same.")
        if sorted(layer.layer for layer in plot.layers) != list(SEVEN_LAYERS):
            self._refuse(("layers",), "there must be layers 0 to 6, each once", "Number them anew.")
        if (again := _second([fact.id for fact in plot.facts])) is not None:
            name = plot.facts[again].id
            self._refuse(("facts", again), f"there is a fact {name!r} already", "Give each fact a name of its own.")
        facts = [fact.id for fact in plot.facts]
        for field, used in (
            ("trial", [plot.step.trial]),
            ("condition", [plot.step.condition]),
            ("hints", plot.step.hints),
        ):
            if unknown := next((one for one in used if one not in facts), None):
                self._refuse(("step", field), f"{unknown!r} is not a fact", likeliest(unknown, facts, "Facts"))
        if len({ending.id for ending in plot.endings}) != ENDINGS or len(plot.endings) != ENDINGS:
            self._refuse(("endings",), "there must be seven endings, each once", "See the sample scenario.")
        if plot.manner.middle >= plot.manner.high:
            self._refuse(("manner",), "middle must be below high", "See the sample scenario: 30 and 58.")

    def _refuse(self, where: Where, fault: str, fix: str) -> None:
        raise ScenarioError(PLOT, f"{self._places.at(where)}: {fault}.", fix)


class _LinesCheck:
    """Whether lines.yaml holds together, and fits the plot."""

    def __init__(self, lines: Lines, plot: ScenarioFile, places: Places) -> None:
        self._lines, self._places = lines, places
        self._facts = {fact.id: fact for fact in plot.facts}
        self._topics = {topic.id for topic in lines.topics}

    def look(self) -> None:
        self._situations()
        self._names()
        said: dict[str, Where] = {one.say: ("surprises", at) for at, one in enumerate(self._lines.surprises)}
        for where, line in _placed(self._lines):
            self._line(where, line)
            if line.say in said:
                fault = f"{line.say!r} is there twice; the first is at {self._places.at(said[line.say])}"
                self._refuse(where, fault, "No line is said twice; change one.")
            said[line.say] = where
        self._thoughts()
        self._told()

    def _situations(self) -> None:
        found = {situation.id for situation in self._lines.situations}
        for at, situation in enumerate(self._lines.situations):
            if situation.id not in SITUATIONS:
                fix = likeliest(situation.id, SITUATIONS, "Situations")
                self._refuse(("situations", at), f"{situation.id!r} is not a situation", fix)
        if missing := sorted(SITUATIONS - found):
            fault = f"there are no lines for the situation {missing[0]!r}"
            self._refuse(("situations",), fault, "Add it under situations.")

    def _names(self) -> None:
        for part in ("topics", "situations"):
            names = [one.id for one in getattr(self._lines, part)]
            if (again := _second(names)) is not None:
                self._refuse((part, again), f"{names[again]!r} is there twice", "Put all its lines in one place.")

        for at, topic in enumerate(self._lines.topics):
            if topic.because and topic.because not in self._topics:
                fault = f"`because` names the topic {topic.because!r}, which is not there"
                self._refuse(("topics", at, "because"), fault, likeliest(topic.because, self._topics, "Topics"))

    def _line(self, where: Where, line: SpokenLine) -> None:
        for used in (*line.needs, *line.until, *([line.fact] if line.fact else [])):
            if used not in self._facts:
                fault = f"{line.say!r} names the fact {used!r}, which is not a fact"
                self._refuse(where, fault, likeliest(used, self._facts, "Facts"))
        if line.fact and self._facts[line.fact].layer >= COSTLY_LAYER and "high" in line.manner:
            fault = f"{line.say!r} tells {line.fact!r}, of layer 3 or deeper, and may be said in the high manner"
            self._refuse(where, fault, "Take high out of its manner: nobody tells that from behind a closed door.")
        if line.topic and line.topic not in self._topics:
            fault = f"{line.say!r} names the topic {line.topic!r}, which is not there"
            self._refuse(where, fault, likeliest(line.topic, self._topics, "Topics"))
        if slots := sorted(set(re.findall(r"\{(\w*)\}", line.say)) - {"word"}):
            self._refuse(where, f"{line.say!r} has the slot {{{slots[0]}}}", "The only slot is {word}.")

    def _thoughts(self) -> None:
        known = {*MOVES, *SITUATIONS, *THINKS_AT}
        for at, thought in enumerate(self._lines.thoughts):
            if thought.at not in known:
                fault = f"{thought.at!r} is no move and no situation, so nobody would ever see this thought"
                self._refuse(("thoughts", at), fault, likeliest(thought.at, known, "They"))

    def _told(self) -> None:
        told = {line.fact for _, line in _placed(self._lines)}
        if silent := next((name for name, fact in self._facts.items() if fact.layer and name not in told), None):
            fault = f"no line tells the fact {silent!r}"
            self._refuse(("topics",), fault, f"Write lines with `fact: {silent}`, or take the fact out of {PLOT}.")
        for name, fact in self._facts.items():
            said = [line.say for _, line in _placed(self._lines) if line.fact == name]
            if fact.layer and not any(fact.words.lower() in line.lower() for line in said):
                fault = f"no line that tells {name!r} has its words, {fact.words!r}"
                self._refuse(
                    ("topics",), fault, f"Put them into one, or change `words` in {PLOT}: the coach quotes them."
                )

    def _refuse(self, where: Where, fault: str, fix: str) -> None:
        raise ScenarioError(LINES, f"{self._places.at(where)}: {fault}.", fix)


THINKS_AT = ("answer", "criticism", "doubt", "silence", *WENT_BY)
"""Where a thought can stand besides moves and situations."""


def _check_step(plot: ScenarioFile, lines: Lines, places: Places) -> None:
    topics = {topic.id for topic in lines.topics}
    for field, used in (("topics", plot.step.topics), ("condition_topic", [plot.step.condition_topic])):
        if unknown := next((one for one in used if one not in topics), None):
            where = places.at(("step", field))
            raise ScenarioError(
                PLOT, f"{where}: {LINES} has no topic {unknown!r}.", likeliest(unknown, topics, "Topics")
            )


def _placed(lines: Lines) -> Iterator[tuple[Where, SpokenLine]]:
    """Yield every line with the way to it, in the order of `every_line`."""
    parts: list[tuple[Where, list[SpokenLine]]] = [(("openings",), lines.openings)]
    parts += [(("topics", at, "lines"), topic.lines) for at, topic in enumerate(lines.topics)]
    parts += [(("situations", at, "lines"), one.lines) for at, one in enumerate(lines.situations)]
    parts += [(("reactions",), lines.reactions), (("questions_back",), lines.questions_back)]
    for where, found in parts:
        for at, line in enumerate(found):
            yield (*where, at), line


def _second(names: Sequence[str]) -> int | None:
    """Return the place of the first name that has stood before, or None."""
    return next((at for at, name in enumerate(names) if name in names[:at]), None)
