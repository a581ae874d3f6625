"""What all tests share. Nothing here reaches a network."""

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.colleague import known_topics
from bot.library.search import Library
from bot.listen.encoder import shared_encoder
from bot.session import House, open_house
from bot.settings import Settings, silence_third_parties

silence_third_parties()
ROOT = Path(__file__).parent.parent
known_topics.MOST_KNOWN = 8  # tests go from one scenario to the next, and to working each out again
LOOPBACK = {"127.0.0.1", "::1", "localhost", "testserver"}

ONE_IN = {
    "test_conversations.py": 3,
    "test_scenario_mistakes.py": 4,
    "test_model_faults.py": 3,
    "test_cards.py": 2,
    "test_leaders.py": 2,
    "test_samples.py": 2,
}
"""Of each test in these files, which play the same over many cases, `make test` runs one case in so many."""
LONG = (
    "test_what_is_kept_is_on_the_disk_so_that_this_looks_in_the_right_place",
    "test_the_terminal_keeps_nothing_either",
    "test_a_speech_of_two_thousand_words_keeps_every_word",
    "test_words_of_any_language_and_length_are_kept_as_they_were",
    "test_the_whole_journey[phone]",
    "long-ramble]",
)
"""And these, which take long and try what others try too, not at all. `make test-all` runs every test."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option with which `make test` leaves something out."""
    parser.addoption("--some", action="store_true", help="run one case in a few of the longest tests")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what `make test` does not run."""
    if not config.getoption("--some"):
        return
    seen: dict[str, int] = {}
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        cases = item.nodeid.partition("[")[0]
        seen[cases] = seen.get(cases, -1) + 1
        leave = seen[cases] % ONE_IN.get(item.path.name, 1) or item.name.endswith(LONG)
        (left_out if leave else kept).append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Refuse every connection that leaves this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and address[0] not in LOOPBACK:
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)  # type: ignore[arg-type]

    socket.socket.connect = guarded  # type: ignore[assignment]
    yield
    socket.socket.connect = connect  # type: ignore[method-assign]


@pytest.fixture(autouse=True, scope="session")
def no_settings_from_outside() -> None:
    """Take no ALEX_ variable of this machine into a test."""
    for name in [name for name in os.environ if name.startswith("ALEX_") and name != "ALEX_CHROMIUM"]:
        del os.environ[name]
    os.environ.pop("OPENAI_API_KEY", None)


@pytest.fixture(scope="session")
def prompts() -> Path:
    return ROOT / "prompts"


@pytest.fixture(scope="session")
def house(prompts: Path) -> House:
    return open_house(prompts)


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose library is ready: to be copied, for to fill and prove one takes two seconds."""
    home = tmp_path_factory.mktemp("filled") / "home"
    with Library(Settings(home=home, content=ROOT, _env_file=None), shared_encoder()) as library:
        library.ensure()
    return home


@pytest.fixture
def settings(tmp_path: Path, filled: Path) -> Settings:
    shutil.copytree(filled, tmp_path / "home")
    return Settings(home=tmp_path / "home", content=ROOT, open_browser=False, _env_file=None)
