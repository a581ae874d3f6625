"""What several conversations show together: two tries at one moment, and practice over time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.coach.coach import Coach
from bot.coach.log import load_log_words, written
from bot.coach.practice import Attempt, Practice, practice
from bot.coach.tries import Tries, side_by_side
from bot.colleague.memory import Memory
from bot.errors import ScenarioError
from bot.record.kept import Kept, Summary
from bot.record.store import Record


@dataclass(frozen=True)
class Compared:
    """Two tries with their sessions, and which others there are to compare with."""

    first: Summary
    again: Summary
    tries: Tries
    others: tuple[Summary, ...]


class Attempts:
    """The conversations of a record, beside and after each other."""

    def __init__(self, record: Record, coach: Coach, memory_of: Callable[[str], Memory], prompts: Path) -> None:
        self._record = record
        self._coach = coach
        self._memory_of = memory_of
        """What was said in a session; raises ScenarioError where its scenario has gone."""
        self._prompts = prompts

    @property
    def levels(self) -> Sequence[str]:
        """Return the names of the levels of a behaviour, 0 to 4."""
        return self._coach.rubric.levels

    def beside(self, session_id: str, other: str = "") -> Compared | None:
        """Return the session beside another try at the same conversation: `other`, else the one it comes from.

        None where it was tried once. Where nothing names another, a session that branched from none is laid beside
        the newest that branched from it. Raise UsageError for a session that is not there.
        """
        kept = self._record.session(session_id)
        family = self._family(kept)
        if not family:
            return None
        chosen = next((one for one in family if one.id == other), None)
        chosen = chosen or next((one for one in family if one.id == kept.parent_id), family[0])
        mine = self._summary(kept)
        first, again = sorted((mine, chosen), key=lambda one: one.created)
        tries = side_by_side(self._memory_of(first.id), self._memory_of(again.id), self._coach.rubric)
        return Compared(first, again, tries, tuple(one for one in family if one.id != chosen.id))

    def _family(self, kept: Kept) -> list[Summary]:
        """Return the other tries, newest first: what it comes from, what came from that, and what came from it."""
        record, found = self._record, {}
        for one in record.branches(kept.id):
            found[one.id] = one
        if kept.parent_id is not None:
            parent = record.session(kept.parent_id)
            for one in (self._summary(parent), *record.branches(parent.id)):
                found[one.id] = one
        found.pop(kept.id, None)
        return sorted(found.values(), key=lambda one: one.created, reverse=True)

    def _summary(self, kept: Kept) -> Summary:
        return Summary(kept.id, kept.title, kept.scenario, kept.created, kept.updated, len(kept.turns), kept.ending)

    def practice(self) -> Practice:
        """Return the finished conversations over time. One whose scenario has gone is left out."""
        found = [self._attempt(one) for one in self._record.sessions() if one.turns and one.ending is not None]
        return practice([one for one in found if one is not None])

    def log(self, kind: str) -> tuple[str, bytes]:
        """Return (file name, content) of the practice log as 'md' or 'docx'. Raise UsageError."""
        words = load_log_words(self._prompts)
        return f"alex-practice-log.{kind}", written(self.practice(), words, kind)

    def _attempt(self, one: Summary) -> Attempt | None:
        kept = self._record.session(one.id)
        try:
            memory = self._memory_of(one.id)
        except ScenarioError:
            return None
        endings = memory.scenario.endings
        return Attempt(
            id=kept.id,
            title=kept.title,
            started=kept.created,
            colleague=memory.scenario.colleague.name,
            scenario=memory.scenario.plot.title,
            ending_name=endings[kept.ending].name if kept.ending in endings else "",
            turns=len(memory.played),
            behaviours=self._coach.behaviours(memory),
            overruled=kept.overruled,
            reflection=kept.reflection,
            again=kept.parent_id is not None,
        )
