"""Work out what the scenarios that come with the program mean to its encoders, so that nobody has to wait for it.

Writes bot/colleague/known/, which `bot/colleague/learnt.py` reads. Run it after a scenario or an encoder has changed
(`make lines`); a test says when it was forgotten, and the program itself works out what is missing.
"""

from pathlib import Path

from bot.colleague.learnt import SHIPPED
from bot.colleague.loading import scenario_names
from bot.session import open_house

ROOT = Path(__file__).parent.parent


def main() -> None:
    house = open_house(ROOT / "prompts")
    encoders = {house.matcher.name, house.pairer.name}
    for path in SHIPPED.glob("*.*"):
        if not any(path.stem.endswith(name) for name in encoders):
            path.unlink()
    for name in scenario_names(house.prompts):
        new = house.understanding(house.scenario(name)).warm(SHIPPED)
        print(f"{name}: {new} texts worked out")


if __name__ == "__main__":
    main()
