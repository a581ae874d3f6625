"""Telling a learning record store: what it is told of whom, and when it is tried again."""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bot.errors import RecordError
from bot.learning_record.statement import Finished, completed, pseudonym, time_at_it
from bot.learning_record.store import Answer, Outcome, Store
from bot.record.kept import Kept
from bot.record.statements import REFUSED, TOLD, Claimed, Statement
from bot.record.store import Record
from bot.settings import Settings

log = logging.getLogger("alex.learning-record")
SETTLES = timedelta(minutes=1)
"""How long after finishing nobody is told: for as long, going on with a conversation takes it back."""
LOOKS_EVERY_S = 15.0
LEASE = timedelta(minutes=2)
"""For how long a statement that one process is telling is left alone by others, and by itself if it died."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 60.0, 6 * 60 * 60.0
"""Between two tries: twice as long each time."""


class LearningRecord:
    """A server's learning record store. Raise UsageError for settings with which none can be told anything.

    `record` is the record of everybody, opened when it is first needed.
    """

    def __init__(self, settings: Settings, record: Callable[[], Record], store: Store | None = None) -> None:
        self._store = store or Store(settings)
        self._record = record
        self._address = settings.address
        self._home = settings.xapi_home or settings.address
        self._failures = 0
        """In a row, of this process."""

    def known_as(self, account: str) -> str:
        """Return what the store knows an account as."""
        return pseudonym(self._record().statements.secret(), account)

    def of(self, kept: Kept, account: str, title: str, note: str) -> Statement | None:
        """Return what is to be told when an account finishes a conversation now; None where nothing was said in it.

        `title`, `note`: the scenario's.
        """
        if len(kept.turns) <= (kept.branched_after or 0):
            return None
        now = datetime.now(UTC)
        took = time_at_it(kept.created, (turn.created for turn in kept.turns))
        about = Finished(kept.id, account, kept.scenario, title, note, took, now)
        secret = self._record().statements.secret()
        body = completed(about, secret=secret, address=self._address, home=self._home)
        return Statement(body["id"], body, now + SETTLES)

    # In the background

    def go_on(self, stop: threading.Event) -> None:
        """Tell the store whatever there is to tell, until `stop` is set or the store shuts us out."""
        pause: float | None = 0.0
        while pause is not None and not stop.wait(pause):
            pause = self._round()
        self._store.close()

    def _round(self) -> float | None:
        try:
            return self.tell_due()
        except RecordError as error:
            log.warning("%s", error)
        except Exception as error:  # what it says may be somebody's; the thread has to live
            log.error("What is to be told to the learning record store met a %s.", type(error).__name__)
        return FIRST_PAUSE_S

    def tell_due(self) -> float | None:
        """Tell all that is due; return in how many seconds to look again, or None where that is no use any more."""
        while claimed := self._record().statements.claim(datetime.now(UTC), datetime.now(UTC) + LEASE):
            answer = self._store.tell(claimed.body)
            if answer.outcome is Outcome.SHUT:
                self._shut_out(claimed, answer)
                return None
            if answer.outcome is Outcome.LATER:
                return self._failed(claimed, answer)
            self._settle(claimed, answer)
        return LOOKS_EVERY_S

    def _settle(self, claimed: Claimed, answer: Answer) -> None:
        self._failures = 0
        refused = answer.outcome is Outcome.REFUSED
        self._record().statements.settle(claimed.id, REFUSED if refused else TOLD)
        if refused:
            said = "The learning record store at %s refused statement %s for good: %s."
            log.warning(said, self._store.host, claimed.id, answer.why)

    def _failed(self, claimed: Claimed, answer: Answer) -> float:
        """Give a statement back for later, and leave the store alone for as long as it asks, or longer each time."""
        own = max(_pause(claimed.tries), min(answer.after_s, LONGEST_PAUSE_S))
        self._record().statements.later(claimed.id, datetime.now(UTC) + timedelta(seconds=own))
        self._failures += 1
        if self._failures == 1:
            log.warning("The learning record store at %s: %s. It is tried again.", self._store.host, answer.why)
        return max(_pause(self._failures), min(answer.after_s, LONGEST_PAUSE_S))

    def _shut_out(self, claimed: Claimed, answer: Answer) -> None:
        self._record().statements.later(claimed.id, datetime.now(UTC))
        said = "The learning record store at %s: %s. Nothing more is told; mend the setting and start again."
        log.error(said, self._store.host, answer.why)


def _pause(failures: int) -> float:
    """Return how long to wait after so many failures in a row, in seconds."""
    return float(min(FIRST_PAUSE_S * 2 ** min(failures - 1, 20), LONGEST_PAUSE_S))
