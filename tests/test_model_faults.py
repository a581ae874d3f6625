"""A model that fails in every way, at every point of a conversation: each turn has its line, the page says why."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from model_fakes import FakeServer, running_server
from model_faults import BREAKS_OFF, FAULTS, POSITIONS, Failing, Fault, failing, ten_turns

from bot.colleague.turn import AUTHORED, MODEL
from bot.settings import Settings
from bot.studio import Studio

ROOT = Path(__file__).parent.parent
SQUARES = (0, 5)
"""Of the conversations in which every fault comes up at every position, those that are held here; `make bench`: all."""


@pytest.fixture(scope="module")
def server() -> Iterator[FakeServer]:
    with running_server() as fake:
        yield fake


@pytest.fixture(scope="module")
def unreliable(server: FakeServer) -> Iterator[Failing]:
    with failing(server) as one:
        yield one


@pytest.fixture
def studio(tmp_path: Path, unreliable: Failing, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    one = Studio(Settings(home=tmp_path, content=ROOT, model_url="http://127.0.0.1:9/v1", _env_file=None))
    one._shelf.waiting = True  # tips go without a source: the library is no part of this
    monkeypatch.setattr(one.wordsmith, "worder", lambda _: unreliable.worder(one.house))
    yield one
    one.record.close()


@pytest.mark.parametrize("square", SQUARES)
def test_whatever_fails_and_whenever_there_is_a_line_in_time_and_the_page_says_why(
    studio: Studio, unreliable: Failing, square: int
) -> None:
    session = studio.begin("alex-geography", seed=square).id
    for place, words in enumerate(ten_turns()):
        unreliable.fault = fault = FAULTS[(square + place) % len(FAULTS)]
        started = time.monotonic()
        view = studio.say(session, words)
        took = time.monotonic() - started
        turn = view.turns[-1].turn
        assert turn.line and turn.voice == AUTHORED, fault.name
        assert took < unreliable.limit_s + 2.0, (fault.name, took)
        assert view.voice is not None
        assert fault.says in view.voice.now, (fault.name, view.voice.now)
        assert "LEAKED" not in turn.line + view.voice.now
    kept = studio.record.session(session)
    assert [one.turn.words for one in kept.turns] == ten_turns()
    assert all(one.turn.model and one.turn.model.why for one in kept.turns)


def test_after_a_fault_the_model_speaks_again(studio: Studio, unreliable: Failing) -> None:
    session = studio.begin("alex-geography", seed=1).id
    voices = []
    for words, fault in zip(ten_turns(), [None, BREAKS_OFF, None], strict=False):
        unreliable.fault = fault
        voices.append(studio.say(session, words).turns[-1].turn.voice)
    assert voices == [MODEL, AUTHORED, MODEL]


def test_the_squares_cover_every_fault_and_every_position() -> None:
    held = [(FAULTS[(square + place) % len(FAULTS)].name, place) for square in SQUARES for place in range(POSITIONS)]
    assert {name for name, _ in held} == {fault.name for fault in FAULTS}
    assert {place for _, place in held} == set(range(POSITIONS))
    whole = {((square + place) % len(FAULTS), place) for square in range(len(FAULTS)) for place in range(POSITIONS)}
    assert len(whole) == len(FAULTS) * POSITIONS


def test_every_fault_is_told_apart() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 11
    assert all(isinstance(fault, Fault) and fault.says for fault in FAULTS)
