"""Bringing an older or empty database up to date, by the numbered steps in migrations/versions."""

from functools import cache
from pathlib import Path

from sqlalchemy import URL, Connection, NullPool, column, inspect, select, table

from bot.errors import RecordError
from bot.record.database import engine_for, place_of, wait_to_upgrade
from bot.record.faults import OPENING

VERSIONS = Path(__file__).parent / "migrations" / "versions"
NOTED = table("alembic_version", column("version_num"))


@cache
def known_revisions() -> tuple[str, ...]:
    """Return the revisions that this program knows, oldest first, as in ('0001',)."""
    return tuple(sorted(path.name.split("_")[0] for path in VERSIONS.glob("[0-9]*_*.py")))


def bring_up_to_date(address: URL, *, wait_ms: int) -> None:
    """Upgrade the database at `address` where it is behind; all of it, or nothing.

    Raise RecordError, with the database left as it is, where it is newer than the program or another program's.
    """
    engine = engine_for(address, wait_ms=wait_ms, log_ahead=False, pool=NullPool)
    with engine.connect() as connection:
        if _revision(connection) == known_revisions()[-1]:
            return
    with engine.execution_options(writes=True).begin() as connection:
        wait_to_upgrade(connection)
        if _revision(connection) != known_revisions()[-1]:  # asked again: another process may have been first
            _upgrade(connection)


def _revision(connection: Connection) -> str | None:
    """Return the revision of the database; None for an empty one."""
    tables = inspect(connection).get_table_names()
    revision = connection.scalar(select(NOTED.c.version_num)) if NOTED.name in tables else None
    place = place_of(connection.engine.url)
    if tables and NOTED.name not in tables:
        raise RecordError(
            f"{OPENING.failed}: {place} is the database of another program. {OPENING.safe}",
            "Name a file of its own for Alex with ALEX_DATABASE_URL.",
        )
    if revision is not None and revision not in known_revisions():
        raise RecordError(
            f"{OPENING.failed}: {place} was written by a newer version of Alex. {OPENING.safe}",
            "Update Alex, or name another file with ALEX_DATABASE_URL.",
        )
    return revision


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "bot.record:migrations")
    command.upgrade(config, "head")
