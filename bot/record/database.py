"""The database under the record: its address, its engine, and the only SQL that is SQLite's or PostgreSQL's own."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, Pool, QueuePool, create_engine, event, func, make_url, select
from sqlalchemy.exc import ArgumentError

from bot.errors import RecordError, UsageError
from bot.record.faults import OPENING

PRAGMAS = ("foreign_keys = ON", "synchronous = FULL", "secure_delete = ON", "temp_store = MEMORY")
"""For each connection: links hold, a commit is on the disk, deleted words are overwritten and never in /tmp."""
POSTGRESQL = "postgresql+psycopg"
"""The one driver of ours, whatever short form an address has."""
CONNECTIONS = 10
"""Of one process to a database server; as many again while it is busy. PostgreSQL allows 100 as it comes."""
UPGRADING = 4_181_990_008
"""The number of the lock that one process holds while it upgrades a database server; any number, but always this."""


def address_of(url: str) -> URL:
    """Return the address as SQLAlchemy has it. Raise UsageError where it cannot be one or names no file."""
    try:
        address = make_url(url)
    except ArgumentError:
        raise UsageError(
            "ALEX_DATABASE_URL is not the address of a database.",
            "Leave it empty, or write one like sqlite:////home/you/alex.db or postgresql://alex@localhost/alex.",
        ) from None
    if address.drivername in {"postgresql", "postgres"}:
        return address.set(drivername=POSTGRESQL)
    if address.get_backend_name() == "sqlite" and address.database in (None, "", ":memory:"):
        raise UsageError("A transcript store in memory keeps nothing.", "Name a file, as in sqlite:///alex.db.")
    return address


def place_of(address: URL) -> str:
    """Return where the transcripts are, for messages: the file's path, or the address without its password."""
    if address.get_backend_name() == "sqlite":
        return str(address.database)
    return address.render_as_string(hide_password=True)


def make_folder(address: URL) -> None:
    """Make the folder of a SQLite file, for its owner alone, where there is none. Raise RecordError if that fails."""
    if address.get_backend_name() != "sqlite" or str(address.database).startswith("file:"):
        return
    folder = Path(str(address.database)).parent
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as fault:
        raise RecordError(
            f"{OPENING.failed}: the folder {folder} cannot be made.",
            "Set ALEX_HOME to a folder that is yours to write to, and start again.",
        ) from fault


def engine_for(address: URL, *, wait_ms: int, log_ahead: bool, pool: type[Pool] | None = None) -> Engine:
    """Return an engine that has opened nothing yet. Raise UsageError where the database's driver is missing.

    `wait_ms`: how long to wait for another writer. `log_ahead`: whether to turn SQLite's write-ahead log on.
    Parameters, which are people's words, are in no message.
    """
    server = {} if address.get_backend_name() == "sqlite" or pool else _for_a_server(wait_ms)
    try:
        engine = create_engine(address, hide_parameters=True, poolclass=pool, **server)
    except (ImportError, ArgumentError) as fault:
        raise UsageError(f"There is no driver for {address.drivername} here.", f"Install it: {fault}.") from fault
    if engine.dialect.name == "sqlite":
        _instruct_sqlite(engine, wait_ms, log_ahead)
    return engine


def engine_in_memory(*, wait_ms: int) -> Engine:
    """Return an engine on an empty SQLite database in this program's memory, gone when the engine is.

    It has one connection, which one thread has at a time; `wait_ms` is how long another waits for it.
    """
    one: dict[str, Any] = {"poolclass": QueuePool, "pool_size": 1, "max_overflow": 0, "pool_timeout": wait_ms / 1000}
    engine = create_engine("sqlite://", hide_parameters=True, connect_args={"check_same_thread": False}, **one)
    _instruct_sqlite(engine, wait_ms, log_ahead=False)
    return engine


def _for_a_server(wait_ms: int) -> dict[str, Any]:
    """Return how to keep connections: few, looked at before use, for a database server may have started again."""
    kept = {"pool_size": CONNECTIONS, "max_overflow": CONNECTIONS, "pool_pre_ping": True}
    return {**kept, "pool_timeout": max(1, wait_ms // 1000)}


def wait_to_upgrade(connection: Connection) -> None:
    """Wait until no other process upgrades this database server. SQLite's write lock does the same by itself."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(UPGRADING)))


def _instruct_sqlite(engine: Engine, wait_ms: int, log_ahead: bool) -> None:

    def connect(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself: `begin` does
        connection.create_function("lower", 1, _lower, deterministic=True)
        for pragma in (f"busy_timeout = {wait_ms:d}", *PRAGMAS):
            connection.execute(f"PRAGMA {pragma}").close()
        if log_ahead:
            _log_ahead(connection, wait_ms)

    event.listen(engine, "connect", connect)
    event.listen(engine, "begin", _begin)


def _log_ahead(connection: sqlite3.Connection, wait_ms: int) -> None:
    """Turn the write-ahead log on, and wait for others that open the file: for this, SQLite itself does not wait."""
    until = time.monotonic() + wait_ms / 1000
    while True:
        try:
            return connection.execute("PRAGMA journal_mode = WAL").close()
        except sqlite3.OperationalError as fault:
            if "locked" not in str(fault) or time.monotonic() > until:
                raise
        time.sleep(0.02)


def _begin(connection: Connection) -> None:
    """Take the write lock at once where something will be written: a later upgrade of the lock may fail."""
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _lower(words: str | None) -> str | None:
    """Return words without case, in every alphabet; SQLite's own function knows A to Z only."""
    return None if words is None else words.casefold()


def wipe(engine: Engine) -> bool:
    """Write the file anew without what was deleted, and empty the write-ahead log. Return whether all of it went.

    Overwriting on deletion is not enough: SQLite leaves copies of rows behind when it moves them between pages.
    """
    if engine.dialect.name != "sqlite":
        return True
    with closing(engine.raw_connection()) as connection, closing(connection.cursor()) as cursor:
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        busy = cursor.fetchall()[0][0]
    return not busy
