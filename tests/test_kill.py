"""A turn that was shown is a turn kept, whatever dies after. `python bench/kills.py 20` does it twenty times."""

import importlib.util
import random
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def kills() -> ModuleType:
    spec = importlib.util.spec_from_file_location("kills", Path(__file__).parent.parent / "bench" / "kills.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_turn_that_was_shown_is_there_after_a_kill(kills: ModuleType, tmp_path: Path) -> None:
    session, shown = kills.kill_once(tmp_path, random.Random(1))
    assert kills.lost_turns(tmp_path, session, shown) == 0
    _, later = kills.kill_once(tmp_path, random.Random(2), session)
    assert later > shown
    assert kills.lost_turns(tmp_path, session, later) == 0
