"""What people in schools say, and the plainer words for it. The words are in vocabulary.yaml."""

import re
from functools import lru_cache
from pathlib import Path

from pydantic import RootModel

from bot.content import read_yaml
from bot.errors import ArticleError

TABLE = Path(__file__).with_name("vocabulary.yaml")


class Vocabulary(RootModel[dict[str, str]]):
    """The table as read from its file: a word as it is said, in lower case, and the words for it."""


@lru_cache(maxsize=1)
def vocabulary() -> dict[str, str]:
    """Return the table. Raise ArticleError if its file cannot be used."""
    return Vocabulary.model_validate(read_yaml(TABLE, ArticleError)).root


def in_plain_words(question: str) -> str:
    """Return the question with plainer words in brackets after each word of the table."""
    return _pattern().sub(lambda said: f"{said.group()} ({vocabulary()[said.group().lower()]})", question)


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    longest_first = sorted(vocabulary(), key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, longest_first))})(?![\w-])", re.IGNORECASE)
