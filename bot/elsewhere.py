"""A conversation held elsewhere: read, coded and debriefed by the same rubric."""

import json
import re
from pathlib import Path

from bot.coach.coach import Coach
from bot.coach.debrief import Debrief
from bot.colleague.gate import opened_after
from bot.colleague.hearing import Ears, Hearing
from bot.colleague.memory import Memory
from bot.colleague.state import advance
from bot.colleague.turn import ELSEWHERE, Told, Turn
from bot.colleague.understanding import Understanding
from bot.errors import UsageError
from bot.session import House, open_house

SPEAKER = re.compile(r"^\s*\**(leader|you(?:\s*\d+)?|other|colleague|alex)\**\s*:\s*\**\s*(.*)$", re.IGNORECASE)
LEADERS = ("leader", "you")
SAME_FACT = 0.68
"""Cosine of his line to a fact from which the line is taken to have told it. Of Alex's own lines this finds 55 in 100
that tell one, and takes 4 in 100 of the others for it; at 0.62 it was 74 and 23."""
SAYS_MORE = 8
"""Words from which an assent holds something of his own, and not only a yes."""
PROPOSALS = frozenset({"suggestion", "test_idea"})
"""Moves that put a step to him where they name a day. An order does not: who says yes to it has agreed to nothing."""
HOW = "Lines should begin with `leader:` or `other:`, or be JSON Lines as exported."


def debrief_file(prompts: Path, path: Path, scenario: str) -> Debrief:
    """Return the debrief of a transcript. Raise UsageError if it cannot be read as one."""
    house = open_house(prompts)
    coach = Coach(prompts, house.codebook, reads=house.reads)
    return coach.debrief(memory_of(house, exchanges(path), scenario), notes={}, self_rating={}, seed=0)


def exchanges(path: Path) -> list[tuple[str, str]]:
    """Return (leader's words, the other's answer) in order; the first leader's words may be '' before an opening."""
    try:
        content = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UsageError(f"There is no file {path}.", HOW) from None
    except (UnicodeDecodeError, IsADirectoryError, PermissionError) as error:
        raise UsageError(f"{path} cannot be read as text.", "Save it as plain text in UTF-8.") from error
    spoken = _from_json(content) if content.lstrip().startswith(("{", "[")) else _from_text(content)
    if not any(who == "leader" for who, _ in spoken):
        raise UsageError(f"{path.name} has no words of a leader.", HOW)
    return _paired(spoken)


def _paired(spoken: list[tuple[str, str]]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for who, words in spoken:
        if who == "leader":
            if pairs and not pairs[-1][1] and pairs[-1][0]:
                pairs[-1] = (f"{pairs[-1][0]} {words}", "")
            else:
                pairs.append((words, ""))
        elif pairs and not pairs[-1][1]:
            pairs[-1] = (pairs[-1][0], words)
        elif pairs:
            pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]} {words}")
        else:
            pairs.append(("", words))
    return pairs


def _from_text(content: str) -> list[tuple[str, str]]:
    spoken: list[tuple[str, str]] = []
    for line in content.splitlines():
        if match := SPEAKER.match(line):
            who = "leader" if match.group(1).lower().startswith(LEADERS) else "other"
            spoken.append((who, match.group(2).strip()))
        elif line.strip() and spoken:
            spoken[-1] = (spoken[-1][0], f"{spoken[-1][1]} {line.strip()}".strip())
    return spoken


def _from_json(content: str) -> list[tuple[str, str]]:
    try:
        given = json.loads(content)
        entries = given.get("turns", []) if isinstance(given, dict) and "turns" in given else given
        opening = given.get("opening") if isinstance(given, dict) else None
    except json.JSONDecodeError:
        try:
            entries, opening = [json.loads(line) for line in content.splitlines() if line.strip()], None
        except json.JSONDecodeError as error:
            raise UsageError("The file looks like JSON and is not.", HOW) from error
    entries = entries if isinstance(entries, list) else [entries]
    spoken = [("other", opening)] if isinstance(opening, str) and opening else []
    for entry in entries:
        if isinstance(entry, dict) and entry.get("opening"):
            spoken.append(("other", str(entry["opening"])))
        if isinstance(entry, dict) and isinstance(entry.get("leader"), str):
            spoken.append(("leader", entry["leader"]))
            answer = entry.get("line") or entry.get("other")
            if isinstance(answer, str):
                spoken.append(("other", answer))
        elif isinstance(entry, dict) and isinstance(entry.get("other"), str):
            spoken.append(("other", entry["other"]))
    return spoken


def memory_of(house: House, pairs: list[tuple[str, str]], name: str) -> Memory:
    """Return the memory of a conversation whose answers are given, read by the same ears."""
    scenario = house.scenario(name)
    understanding = house.understanding(scenario)
    ears = Ears(house.cues, understanding)
    opening = pairs[0][1] if pairs and not pairs[0][0] else ""
    memory = Memory(scenario, opening, ())
    for words, line in pairs:
        if words:
            memory = Memory(scenario, opening, (*memory.turns, _turn(house, ears, understanding, memory, words, line)))
    return memory


def _turn(house: House, ears: Ears, understanding: Understanding, memory: Memory, words: str, line: str) -> Turn:
    words = " ".join(words.split())
    hearing = ears.hear(house.reader.read(words, memory.lines[-1]), memory)
    effects = memory.scenario.plot.effects
    state = advance(memory.state, hearing.acts, hearing.turn_forms, house.codebook, effects)
    opened, frozen = opened_after(hearing, state, memory)
    told = tuple(Told(fact, True) for fact in understanding.facts_in(line, SAME_FACT) if fact not in memory.told)
    return Turn(
        number=len(memory.turns) + 1,
        words=words,
        acts=hearing.acts,
        turn_forms=hearing.turn_forms,
        state=state,
        opened=opened,
        frozen=frozen,
        line=line,
        situation=ELSEWHERE,
        manner=memory.scenario.manner(state),
        told=told,
        said=(line,),
        voice="other",
        step=_step(hearing, line, memory, house),
    )


def _proposes(hearing: Hearing, house: House) -> bool:
    """Return whether a step was put to him: as one, or as something to be done on a day that was named."""
    moves = {act.segment.move for act in hearing.acts}
    words = " ".join(act.segment.text for act in hearing.acts)
    dated = bool(moves & PROPOSALS) and house.cues.has("dated", words)
    return "next_step" in moves or dated or house.cues.has("asks_a_day", words)


def _step(hearing: Hearing, line: str, memory: Memory, house: House) -> str:
    """Return what became of a step that was proposed: an assent is worth what the leader had heard by then."""
    if not _proposes(hearing, house) or not (house.cues.has("assents", line) or house.cues.has("dated", line)):
        return ""
    return "agreed" if memory.knows_why or len(line.split()) >= SAYS_MORE else "facade"
