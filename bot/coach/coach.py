"""The coach of one scenario: everything the rest of the program asks of this room."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.coach.debrief import Debrief, debrief
from bot.coach.guide import Guide, guide, read_all
from bot.coach.notice import Observation, kinds, observe
from bot.coach.practice import GOOD
from bot.coach.read_back import ReadBack, Reads
from bot.coach.rubric import Behaviour, behaviours
from bot.coach.tips import Shelf, Tip, tip_after
from bot.coach.wording import Worded, word_it
from bot.coach.words import load_coach_words, load_rubric
from bot.colleague.hearing import Hearing
from bot.colleague.memory import Memory
from bot.colleague.scenario import Person
from bot.colleague.turn import Turn
from bot.listen.codebook import Codebook


@dataclass(frozen=True)
class Notes:
    """What the coach has to say of one turn."""

    observation: Observation | None = None
    tip: Tip | None = None


class Coach:
    """Notice, guide, word and debrief. Holds nothing of any conversation."""

    def __init__(
        self, prompts: Path, codebook: Codebook, shelf: Shelf | None = None, *, reads: Reads | None = None
    ) -> None:
        """Take the words from `prompts`; `reads` reads what the coach would offer, before it is offered."""
        self._words = load_coach_words(prompts)
        self.rubric = load_rubric(prompts)
        self._codebook = codebook
        self._shelf = shelf
        self._read_back = ReadBack(reads)

    def notice(self, turn: Turn, before: Memory, given: Iterable[Tip], seed: int) -> Notes:
        """Return the notes on a turn played after `before`; `given` are the tips of earlier turns."""
        after = Memory(before.scenario, before.opening, (*before.turns, turn))
        followed = {one.number for one in self.behaviours(after) if (one.score or 0) >= GOOD}
        tip = tip_after(after, self._words, given, self._shelf, seed, followed)
        return Notes(observe(turn, before, self._words, seed), tip)

    def warm(self, memory: Memory) -> None:
        """Read what is suggested and look up what tips rest on, once for everybody: seconds, in nobody's turn."""
        read_all(memory, self._words, self._read_back)
        if self._shelf is not None:
            for tip in self._words.tips:
                self._shelf.cite(tip.look_up)

    def kinds(self, person: Person) -> dict[str, str]:
        """Return each move as the page names it."""
        return kinds(self._words, person)

    def guide(self, memory: Memory, seed: int) -> Guide:
        """Return where the conversation stands and what could be asked next."""
        return guide(memory, self._words, seed, self._read_back)

    def word_it(self, draft: str, hearing: Hearing, memory: Memory, asked: Sequence[str] = ()) -> Worded:
        """Return curious versions of a draft heard at this point; `asked` are open questions on the same matter."""
        return word_it(draft, hearing, memory, self._words, self._codebook, asked, self._read_back)

    def behaviours(self, memory: Memory) -> tuple[Behaviour, ...]:
        """Return the ten behaviours of a conversation, as its debrief has them."""
        return behaviours(memory, self.rubric)

    def debrief(
        self,
        memory: Memory,
        *,
        notes: Mapping[str, str],
        self_rating: Mapping[str, int],
        seed: int,
        overruled: Mapping[str, int] | None = None,
        likest: Callable[[str], str | None] = lambda _: None,
    ) -> Debrief:
        """Return the debrief of a conversation. `likest` names the fact that a sentence is about, or None."""
        return debrief(
            memory,
            self._words,
            self.rubric,
            notes=notes,
            self_rating=self_rating,
            overruled=overruled,
            seed=seed,
            likest=likest,
            read_back=self._read_back,
        )
