"""An answer from passages of the library: every sentence with words of a passage that are really there."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from bot.listen.encoder import Encoder
from bot.model.attempts import Look, filled
from bot.model.names import Names
from bot.model.prompts import Asked, load_prompt
from bot.model.prose import ProseCheck, even, says_the_same
from bot.model.provider import Answers

MOST_WORDS = 50
MOST_SENTENCES = 5
FEWEST_QUOTED = 5
"""Words of a passage that bear a sentence out, at least."""
UNFOUNDED = "A sentence had no words of a passage under it, or words that are not in the passage."


class Said(BaseModel):
    """A sentence of the answer, the number of the passage, and words of that passage."""

    says: str
    passage: int
    quote: str


class Answered(BaseModel):
    """The sentences of an answer; none where the passages hold no answer."""

    sentences: list[Said]


@dataclass(frozen=True)
class Founded:
    """A sentence, the place of its passage in the list (from 0), and the words that bear it out."""

    says: str
    place: int
    quote: str


def answer(
    model: Answers, prompts: Path, encoder: Encoder, question: str, passages: Sequence[str]
) -> tuple[Founded, ...]:
    """Return an answer in founded sentences, () where the passages hold none. Raise ModelError."""
    prompt, names = load_prompt(prompts, "answer"), Names([question], passages, keep="")
    check = ProseCheck([question, *passages], MOST_WORDS)
    texts = [even(one) for one in passages]

    def ask(why: str) -> Asked:
        return prompt.render(question=names.hide(question), passages=tuple(passages), reason=why)

    def founded(one: Said) -> bool:
        place, quote = one.passage - 1, even(one.quote)
        there = 0 <= place < len(texts) and len(quote.split()) >= FEWEST_QUOTED and quote in texts[place]
        return there and not check.fault(one.says) and says_the_same(one.says, [one.quote], encoder)

    def look(form: Answered) -> Look[tuple[Founded, ...]]:
        said = [
            Said(says=names.restore(one.says).strip(), passage=one.passage, quote=one.quote.strip())
            for one in form.sentences
        ]
        kept = [Founded(one.says, one.passage - 1, one.quote) for one in said if founded(one)][:MOST_SENTENCES]
        return Look(tuple(kept), UNFOUNDED if said and not kept else "")

    return filled(model, ask, Answered, look)
