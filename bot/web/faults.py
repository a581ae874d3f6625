"""What the page says, and what the log keeps, when something went wrong that nobody expected."""

import logging
import traceback

from bot.errors import AlexError

UNEXPECTED = AlexError(
    "Something went wrong that the program did not expect.",
    "Everything up to your last turn is safe. Try once more; if it happens again, stop Alex and start it again.",
)
log = logging.getLogger("alex.page")


def report(error: Exception) -> None:
    """Log where a fault happened. Its message stays out: it may hold somebody's words."""
    where = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s\n%s", type(error).__name__, where)
