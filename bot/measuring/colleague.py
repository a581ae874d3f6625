"""What each kind of leader gets to hear, over the test conversations."""

import yaml

from bot.measuring.sets import measuring_set
from bot.session import Rehearsal, open_house
from bot.settings import Settings

SEEDS = 5


def colleague_table(settings: Settings) -> str:
    """Return, for each kind of leader, how deep it got and how it ended, over the test conversations and seeds."""
    house = open_house(settings.prompts)
    rows: dict[str, list[tuple[int, str]]] = {}
    for path in sorted(measuring_set("tests", "conversations").glob("*.yaml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        for seed in range(SEEDS):
            rehearsal = Rehearsal(house, house.scenario(content["scenario"]), seed)
            for turn in content["turns"]:
                rehearsal.take_turn(turn["leader"])
            rows.setdefault(content["kind"], []).append((rehearsal.memory.deepest_told(), rehearsal.ending.id))
    lines = [f"{'kind':<16}{'played':>7}{'layer 3 or deeper':>19}{'joint step':>12}   endings"]
    for kind, found in sorted(rows.items()):
        deep = sum(layer >= 3 for layer, _ in found) / len(found)
        joint = sum(ending == "joint_step" for _, ending in found) / len(found)
        endings = sorted({ending for _, ending in found}, key=[e for _, e in found].count, reverse=True)
        lines.append(f"{kind:<16}{len(found):>7}{deep:>19.0%}{joint:>12.0%}   {', '.join(endings)}")
    return "\n".join(lines)
