"""Whether the coach's advice is sound: what it offers read back, tips already followed, quotes as they were said.

Simulated leaders of every kind rehearse in every scenario with the coach at hand; what the coach would have shown is
looked at after each turn and at the end.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import yaml

from bot.coach.circumstances import NOW
from bot.coach.coach import Coach
from bot.coach.practice import GOOD
from bot.coach.read_back import is_curious
from bot.coach.tips import Tip
from bot.colleague.loading import scenario_names
from bot.colleague.memory import Memory
from bot.content import ContentModel
from bot.measuring.colleague import play
from bot.measuring.leaders import KINDS
from bot.measuring.sets import measuring_set
from bot.session import House, Rehearsal, open_house

SHOWN_MOST = 12
"""Examples printed of what went wrong."""


@dataclass(frozen=True)
class Offered:
    """A wording that the coach offered: where (`guide`, `moment`, `draft`), and the moves as which it is read."""

    where: str
    says: str
    moves: frozenset[str]

    @property
    def curious(self) -> bool:
        """Return whether it asks, gives back, is open to error or tests, and blames nowhere."""
        return is_curious(self.moves)


def advice_table(prompts: Path, seeds: int = 3) -> str:
    """Return how the coach's advice holds over simulated conversations, and over the drafts in tests/coaching."""
    house = open_house(prompts)
    coach = Coach(prompts, house.codebook, reads=house.reads)
    wordings: list[Offered] = []
    counts: Counter[str] = Counter()
    for name in scenario_names(prompts):
        for kind in KINDS:
            for seed in range(seeds):
                rehearsal, _ = play(house, name, kind, seed)
                wordings += _wordings(rehearsal, coach, seed)
                counts.update(_tips(rehearsal, coach, seed))
                counts.update(_quotes(rehearsal, coach, seed))
    drafts = drafts_worded(house, coach)
    wordings += [one for draft in drafts for one in draft.offered]
    rows = [f"{'offered':<10}{'curious':>9}{'of':>7}{'share':>8}"]
    rows += [_row(where, [one for one in wordings if one.where == where]) for where in ("guide", "moment", "draft")]
    sound = [all(one.curious for one in draft.offered) for draft in drafts]
    kept = [draft.kept for draft in drafts]
    both = sum(a and b for a, b in zip(sound, kept, strict=True))
    rows.append(f"drafts: {len(drafts)}, no blame or lead: {sum(sound)}, about the same: {sum(kept)}, both: {both}")
    rows += [f"tips: {counts['tips']}, already followed: {counts['followed']}"]
    rows += [f"quotes: {counts['quotes']}, not word for word: {counts['altered']}"]
    wrong = dict.fromkeys((one.where, one.says, tuple(sorted(one.moves))) for one in wordings if not one.curious)
    lost = [(one.draft.says, one.offered[0].says if one.offered else "") for one in drafts if not one.kept]
    rows += ["not curious when read back:", *(f"  {one}" for one in list(wrong)[:SHOWN_MOST])]
    return "\n".join([*rows, "about something else:", *(f"  {one}" for one in lost[:SHOWN_MOST])])


class Draft(ContentModel):
    """What a leader would have said in anger, and words of which one at least must come back."""

    scenario: str
    says: str
    about: list[str]


@dataclass(frozen=True)
class Reworded:
    """A draft with the versions offered for it."""

    draft: Draft
    offered: tuple[Offered, ...]

    @property
    def kept(self) -> bool:
        """Return whether the version offered first is still about the same thing."""
        first = self.offered[0].says.lower() if self.offered else ""
        return any(re.search(rf"\b{re.escape(word.lower())}", first) for word in self.draft.about)


def drafts_worded(house: House, coach: Coach) -> list[Reworded]:
    """Return what the coach makes of each confrontational draft in tests/coaching."""
    path = measuring_set("tests", "coaching", "drafts.yaml")
    return [_reworded(Draft.model_validate(one), house, coach) for one in yaml.safe_load(path.read_text("utf-8"))]


def _reworded(draft: Draft, house: House, coach: Coach) -> Reworded:
    rehearsal = Rehearsal(house, house.scenario(draft.scenario))
    asked = rehearsal.asked_like(draft.says)
    worded = coach.word_it(draft.says, rehearsal.hear(draft.says), rehearsal.memory, asked)
    return Reworded(draft, tuple(_read(rehearsal, "draft", says) for says in worded.says))


def _row(where: str, offered: list[Offered]) -> str:
    curious = sum(one.curious for one in offered)
    return f"{where:<10}{curious:>9}{len(offered):>7}{curious / max(1, len(offered)):>8.1%}"


def _read(rehearsal: Rehearsal, where: str, says: str) -> Offered:
    return Offered(where, says, rehearsal.hear(says).moves)


def _wordings(rehearsal: Rehearsal, coach: Coach, seed: int) -> Iterator[Offered]:
    """Yield what the guide offers at each turn, and the debrief in place of a moment, read where it would be said."""
    before = {memory.last.number if memory.last else 0: memory for memory in _growing(rehearsal.memory)}
    for memory in before.values():
        so_far = Rehearsal(rehearsal.house, rehearsal.scenario, seed, memory.turns, memory.opening)
        yield from (_read(so_far, "guide", says) for says in coach.guide(memory, seed).ask)
    for moment in coach.debrief(rehearsal.memory, notes={}, self_rating={}, seed=seed).moments:
        memory = before[moment.turn - 1]
        so_far = Rehearsal(rehearsal.house, rehearsal.scenario, seed, memory.turns, memory.opening)
        yield from (_read(so_far, "moment", says) for says in moment.alternatives)


def _growing(memory: Memory) -> Iterator[Memory]:
    for count in range(len(memory.played) + 1):
        yield Memory(memory.scenario, memory.opening, memory.played[:count])


def _tips(rehearsal: Rehearsal, coach: Coach, seed: int) -> Counter[str]:
    """Count the tips given, and those on what the leader does well already and has not just done badly."""
    counts: Counter[str] = Counter()
    given: list[Tip] = []
    for before, after in pairwise(_growing(rehearsal.memory)):
        tip = coach.notice(after.turns[-1], before, given, seed).tip
        if tip is None:
            continue
        given.append(tip)
        levels = {one.number: one.score for one in coach.behaviours(after)}
        does_it = (levels[tip.behaviour] or 0) >= GOOD and tip.when not in NOW
        counts.update(tips=1, followed=int(does_it))
    return counts


def _quotes(rehearsal: Rehearsal, coach: Coach, seed: int) -> Counter[str]:
    """Count the quotes of a debrief, and those that are not in the leader's words as they stand."""
    found = coach.debrief(rehearsal.memory, notes={}, self_rating={}, seed=seed)
    said: dict[int, str] = defaultdict(str, {turn.number: turn.words for turn in rehearsal.memory.played})
    quotes = [(one.quote, one.turn or 0) for one in found.behaviours if one.quote]
    quotes += [(one.words, one.turn) for one in found.moments]
    altered = sum(" ".join(quote.split()) not in " ".join(said[turn].split()) for quote, turn in quotes)
    return Counter(quotes=len(quotes), altered=altered)
