"""Everything that can go wrong, by who has to act.

AlexError
├── ContentError          the coach who wrote a file
│   ├── ScenarioError
│   ├── CodebookError
│   ├── RubricError
│   ├── PromptError
│   └── ArticleError
├── ModelError            the language model's provider
│   ├── ModelUnavailable
│   └── ModelMisbehaved
├── StorageError          the disk or the database
│   ├── RecordError
│   └── LibraryError
├── UsageError            whoever is at the keyboard
└── NotAllowed            whoever has to sign in, or to ask somebody who may
"""

import copy
from typing import Self


class AlexError(Exception):
    """Say what happened in `fault` and what to do about it in `fix`; both are whole sentences."""

    def __init__(self, fault: str, fix: str = "") -> None:
        super().__init__(f"{fault} {fix}".strip())
        self.fault = fault
        self.fix = fix

    def anew(self) -> Self:
        """Return the same error, to be raised: one that is raised again and again keeps all that was in hand each time.

        That would be passwords, and whatever people had typed.
        """
        return copy.copy(self)


class ContentError(AlexError):
    """A file that a coach can edit says something that cannot be used."""

    def __init__(self, file: str, fault: str, fix: str = "") -> None:
        super().__init__(f"{file}: {fault}", fix)
        self.file = file
        self.what = fault
        """The fault without the name of the file."""


class ScenarioError(ContentError):
    """A scenario folder is missing, broken, or contradicts itself."""


class CodebookError(ContentError):
    """codebook.yaml does not describe the moves that the reader knows."""


class RubricError(ContentError):
    """rubric.yaml or coach.yaml names something that does not exist."""


class PromptError(ContentError):
    """A prompt uses an input it does not declare, or declares one nobody passes."""


class ArticleError(ContentError):
    """An article cannot be read into passages."""


class ModelError(AlexError):
    """A language model was asked and did not do what was needed."""


class ModelUnavailable(ModelError):
    """No answer: refused, timed out, out of credit, not there.

    `rest_s`: for how many seconds it is no use to ask again, where that is known; else 0.
    """

    def __init__(self, fault: str, fix: str = "", rest_s: float = 0.0) -> None:
        super().__init__(fault, fix)
        self.rest_s = rest_s


class ModelMisbehaved(ModelError):
    """An answer came, and it may not be used."""


class StorageError(AlexError):
    """Something could not be kept or found again."""


class RecordError(StorageError):
    """The transcript store cannot be read or written."""


class LibraryError(StorageError):
    """The passage store or its index cannot be read or written."""


class UsageError(AlexError):
    """The command, the file or the words given cannot be used as they are."""


class NotAllowed(AlexError):
    """Whoever asks is not signed in, or what they ask for is not theirs to do."""
