"""Bring the passage library and what the colleagues know up to date: python ingest.py [PATH ...]."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.colleague.loading import scenario_names
from bot.errors import AlexError
from bot.library.ingest import IngestReport, ingest
from bot.listen.encoder import shared_encoder
from bot.session import open_house
from bot.settings import Settings, load_settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Ingest knowledge/ and the paths named, say what was done, and return 1 if nothing could be read."""
    parser = argparse.ArgumentParser(
        prog="python ingest.py",
        description="Bring the passage library up to date with knowledge/ and any files or folders you name.",
    )
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="a file or folder of articles")
    paths = parser.parse_args(arguments).paths
    try:
        result = ingest(paths, load_settings(), shared_encoder(), say)
    except AlexError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("Stopped. What was read until now is kept; run it again for the rest.")
        return 130
    say(summary(result))
    learn_lines(load_settings())
    return 0 if result.added or result.changed or result.unchanged else 1


def summary(result: IngestReport) -> str:
    """Return one calm sentence or three about what was done."""
    numbers = [
        f"{len(places)} {what}"
        for what, places in (
            ("added", result.added),
            ("changed", result.changed),
            ("removed", result.removed),
            ("unchanged", result.unchanged),
        )
        if places
    ]
    sentences = [f"Articles: {', '.join(numbers) or 'none'}."]
    sentences.append(f"The library holds {result.passages} passages; {result.embedded} were embedded this time.")
    if result.faults:
        files = "1 file was" if len(result.faults) == 1 else f"{len(result.faults)} files were"
        sentences.append(f"{files} left out, for the reasons above.")
    return " ".join(sentences)


def learn_lines(settings: Settings) -> None:
    """Read each scenario that has changed by meaning, so that nobody waits for it in a first conversation."""
    for name in scenario_names(settings.prompts):
        try:
            house = open_house(settings.prompts)
            if house.learn(name, settings.vectors_path):
                say(f"{house.scenario(name).colleague.name} has learnt the lines of {name}.")
        except AlexError as error:
            say(str(error))


def say(sentence: str) -> None:
    """Print one line."""
    sys.stdout.write(sentence + "\n")


if __name__ == "__main__":
    sys.exit(main())
