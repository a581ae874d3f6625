"""A turn that was shown is a turn kept, whatever dies after. `python bench/kills.py 20` does it twenty times.

The same for filling the library: `python bench/kills_of_filling.py 100`.
"""

import importlib.util
import random
import sys
from pathlib import Path
from types import ModuleType

import pytest


def bench(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent.parent / "bench" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def kills() -> ModuleType:
    return bench("kills")


def test_every_turn_that_was_shown_is_there_after_a_kill(kills: ModuleType, tmp_path: Path) -> None:
    session, shown = kills.kill_once(tmp_path, random.Random(1))
    assert kills.lost_turns(tmp_path, session, shown) == 0
    _, later = kills.kill_once(tmp_path, random.Random(2), session)
    assert later > shown
    assert kills.lost_turns(tmp_path, session, later) == 0


def test_a_filling_killed_at_any_moment_leaves_whole_articles_and_says_so(tmp_path: Path) -> None:
    found = bench("kills_of_filling").tally(tmp_path, 3, seed=4)
    assert (found.broken, found.unsaid) == (0, 0)
    assert found.in_time > 0
