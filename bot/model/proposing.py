"""The bones of a scenario, proposed from a coach's notes. A coach makes the scenario; nothing here is played."""

from pathlib import Path

from pydantic import BaseModel, Field

from bot.model.attempts import Look, filled
from bot.model.names import Names
from bot.model.prompts import Asked, load_prompt
from bot.model.prose import ProseCheck
from bot.model.provider import Answers

LAYERS = {
    1: "What was done",
    2: "What they believe",
    3: "What is at stake for them",
    4: "A point against the leader",
    5: "A doubt of their own",
    6: "Something small that might be tried",
}
LONGER = 3
"""Waits for one line that a proposal may take."""
MOST_WORDS = 160
THIN = "It needs two paragraphs of situation, three things that could be checked, and facts of five layers."


class ProposedFact(BaseModel):
    """One thing the colleague knows, in the colleague's voice."""

    layer: int
    says: str


class Proposal(BaseModel):
    """The bones of a scenario."""

    title: str
    situation: list[str]
    you_know: list[str]
    worth_leaving_with: str
    facts: list[ProposedFact] = Field(max_length=30)


def propose(model: Answers, prompts: Path, colleague: str, notes: str) -> Proposal:
    """Return a proposal made from notes, names put back. Raise ModelError."""
    prompt, names = load_prompt(prompts, "propose_scenario"), Names([notes], [], keep=colleague)

    def ask(why: str) -> Asked:
        return prompt.render(colleague=colleague, notes=names.hide(notes), reason=why)

    def look(form: Proposal) -> Look[Proposal]:
        whole = Proposal.model_validate_json(names.restore(form.model_dump_json()))
        texts = [*whole.situation, *whole.you_know, whole.worth_leaving_with, *(fact.says for fact in whole.facts)]
        check = ProseCheck([notes, colleague, *texts], MOST_WORDS)  # whatever it invents is for the coach to judge
        faults = [fault for fault in map(check.fault, texts) if fault]
        thin = (
            len(whole.situation) < 2 or len(whole.you_know) < 3 or len({f.layer for f in whole.facts} & {*LAYERS}) < 5
        )
        return Look(whole, faults[0] if faults else THIN if thin else "")

    return filled(model, ask, Proposal, look, within_s=LONGER * model.timeout_s)


def as_page(proposal: Proposal, colleague: str, model: str) -> str:
    """Return the proposal as Markdown for the coach to work from."""
    lines = [
        f"# {proposal.title}",
        f"Proposed by {model} from your notes. Nothing of it is in the scenario yet: take what is true to your case, "
        f"in your own words, into scenario.yaml and lines.yaml beside this file, and then delete it.",
        "## What the leader knows",
        *proposal.situation,
        "\n".join(f"- {one}" for one in proposal.you_know),
        f"Worth leaving with: {proposal.worth_leaving_with}",
        f"## What {colleague} knows",
    ]
    for layer, name in LAYERS.items():
        if said := [f"- {fact.says}" for fact in proposal.facts if fact.layer == layer]:
            lines += [f"### {layer} {name}", "\n".join(said)]
    return "\n\n".join(lines) + "\n"
