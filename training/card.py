"""Write what can be counted into docs/reader.md: the data, the second coding. `make card` runs it.

A block stands between `<!-- NAME -->` and `<!-- /NAME -->`.
"""

import json
import re
from collections import Counter

from bot.listen.reading import FOCUSES, MOVES
from bot.measuring.figures import accuracy, kappa, macro_f1
from bot.measuring.sets import ROOT
from bot.measuring.turns import EXAM, WATCHED, Turn, trained_on, turns

CARD = ROOT / "docs" / "reader.md"
CODING = ROOT / "training" / "coding"


def main() -> None:
    text = CARD.read_text(encoding="utf-8")
    for name, block in {"data": data(), "moves": moves(), "coding": coding()}.items():
        text = re.sub(rf"(?s)<!-- {name} -->.*?<!-- /{name} -->", f"<!-- {name} -->\n{block}\n<!-- /{name} -->", text)
    CARD.write_text(text, encoding="utf-8")


def data() -> str:
    """Return one row for each writer's file."""
    rows = ["| file | voices | situations | turns | segments | marked hard | |", "|---|---|---|---|---|---|---|"]
    for name in sorted([*trained_on(), *WATCHED, *EXAM]):
        found = list(turns([name]))
        part = "looked at once" if name in EXAM else "watched" if name in WATCHED else "trained on"
        hard = sum(bool(one["hard"]) for turn in found for one in turn.segments)
        rows.append(
            f"| `{name}.jsonl` | {'; '.join(voices(found))} | {situations(name)} | {len(found)} | "
            f"{sum(len(turn.segments) for turn in found)} | {hard} | {part} |"
        )
    return "\n".join(rows)


def voices(found: list[Turn]) -> list[str]:
    return sorted({re.sub(r"^[a-z] ", "", turn.voice.replace("-", " ")) for turn in found})


def situations(name: str) -> int:
    path = ROOT / "training" / "turns" / f"{name}.jsonl"
    return len({json.loads(line)["situation"] for line in path.read_text(encoding="utf-8").splitlines()})


def moves() -> str:
    """Return one row for each move and each focus."""
    counts = [counted(names) for names in (trained_on(), WATCHED, EXAM)]
    rows = ["| move or focus | trained on | watched | looked at once |", "|---|---|---|---|"]
    for name in (*MOVES, *(f"{one} (focus)" for one in FOCUSES)):
        rows.append(f"| `{name}` | " + " | ".join(str(count[name]) for count in counts) + " |")
    return "\n".join(rows)


def counted(names: "tuple[str, ...] | list[str]") -> Counter[str]:
    found: Counter[str] = Counter()
    for turn in turns(names):
        found.update(str(one["move"]) for one in turn.segments)
        found.update(f"{one['focus']} (focus)" for one in turn.segments if one["focus"])
    return found


def coding() -> str:
    """Return the agreement of first and second coder."""
    rows = ["| coded twice | segments | same move | kappa | macro-F1 | same focus |", "|---|---|---|---|---|---|"]
    everything: list[dict[str, list[str]]] = []
    for part, names in (("trained on and watched", None), ("looked at once", EXAM)):
        found = [
            json.loads(line)
            for path in sorted(CODING.glob("*.jsonl"))
            if (path.stem in EXAM) == (names is not None)
            for line in path.read_text(encoding="utf-8").splitlines()
        ]
        everything += found
        rows.append(agreement(part, found))
    return "\n".join([*rows, agreement("all", everything)])


def agreement(part: str, found: list[dict[str, list[str]]]) -> str:
    pairs = [(one["first"][0], one["second"][0]) for one in found]
    asked = [(one["first"][1], one["second"][1]) for one in found if one["first"][1] and one["second"][1]]
    return (
        f"| {part} | {len(pairs)} | {accuracy(pairs):.1%} | {kappa(pairs):.3f} | {macro_f1(pairs):.3f} | "
        f"{accuracy(asked):.1%} |"
    )


if __name__ == "__main__":
    main()
