"""What the parts of one owner's Record share."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy.orm import Session

from bot.record import faults


class Part:
    """Part of the Record of one owner, which makes it. Every method raises RecordError when the database fails."""

    def __init__(
        self,
        owner: str,
        reading: Callable[[], AbstractContextManager[Session]],
        writing: Callable[[faults.Attempt], AbstractContextManager[Session]],
    ) -> None:
        self._owner = owner
        self._reading = reading
        self._writing = writing
