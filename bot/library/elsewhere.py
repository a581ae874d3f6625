"""Questions that a library is seldom about, for telling when it holds no answer. They are in elsewhere.yaml."""

from functools import lru_cache
from pathlib import Path

from pydantic import Field

from bot.content import ContentModel, read_model
from bot.errors import ArticleError

TABLE = Path(__file__).with_name("elsewhere.yaml")


class Elsewhere(ContentModel):
    """The table as read from its file."""

    everyday: list[str]
    about_schools: list[str] = Field(alias="about schools")


@lru_cache(maxsize=1)
def questions_elsewhere() -> list[str]:
    """Return the questions. Raise ArticleError if their file cannot be used."""
    table = read_model(TABLE, Elsewhere, ArticleError)
    return [*table.everyday, *table.about_schools]
