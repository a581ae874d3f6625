"""A backup: everything that the database holds as plain lines, and the articles beside it, in one file.

It is the same whichever database it comes from, so that what was kept in SQLite can go on in PostgreSQL.
"""

import json
import os
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select

from bot import __version__
from bot.errors import UsageError
from bot.record import faults
from bot.record.store import Record
from bot.record.tables import Base, FailedSignIn, SignInEntry, Utc
from bot.record.upgrade import known_revisions

PASSING = {SignInEntry.__tablename__, FailedSignIn.__tablename__}
"""Tables that are not backed up: who restores a backup signs in again."""
ABOUT = "about.json"
ROWS_AT_ONCE = 500


def back_up(record: Record, to: Path, beside: list[Path]) -> int:
    """Write all that is in the database, and the files and folders `beside` it, to a new file; return the rows.

    Only its owner can read the file. Raise UsageError where it is there already or cannot be made, RecordError where
    the database fails; then no half of it is left.
    """
    try:
        file = os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except OSError as fault:
        raise UsageError(f"{to} cannot be made: {fault.strerror}.", "Choose another name or folder.") from fault
    try:
        with file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
            rows = _pack_rows(record, bundle)
            for path in beside:
                _pack_file(bundle, path)
    except BaseException:
        to.unlink(missing_ok=True)
        raise
    return rows


def restore(record: Record, file: Path, home: Path) -> int:
    """Read a backup into a database in which nothing is kept yet, and its articles into `home`; return the rows.

    Raise UsageError where the file is no backup of this version, or where something is kept already: then nothing is
    changed.
    """
    try:
        with zipfile.ZipFile(file) as bundle:
            _refuse_unless_ours(bundle)
            rows = _unpack_rows(record, bundle)
            for name in bundle.namelist():
                if name.startswith("home/"):
                    _unpack_file(bundle, name, home)
    except (OSError, zipfile.BadZipFile, KeyError, ValueError) as fault:
        raise UsageError(
            f"{file} cannot be read as a backup.", "Name a file that `alex backup` has written."
        ) from fault
    return rows


def _tables() -> list[Table]:
    return [table for table in Base.metadata.sorted_tables if table.name not in PASSING]


def _pack_rows(record: Record, bundle: zipfile.ZipFile) -> int:
    rows = 0
    with faults.in_plain_words(faults.READING, record.place), record.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")  # all tables as of one moment
        for table in _tables():
            with bundle.open(f"{table.name}.jsonl", "w") as lines:
                for row in connection.execute(_in_order(table)).mappings():
                    lines.write((json.dumps(dict(row), default=_plain, ensure_ascii=False) + "\n").encode())
                    rows += 1
    bundle.writestr(ABOUT, json.dumps({"alex": __version__, "revision": known_revisions()[-1]}))
    return rows


def _in_order(table: Table) -> Any:
    """Return the query for a table's rows, oldest first: a branch is younger than what it comes from."""
    columns = [column for column in table.columns if not _numbers_itself(table, column.name)]
    by = table.columns["id"] if _numbers_itself(table, "id") else table.columns["created"]
    return select(*columns).order_by(by)


def _numbers_itself(table: Table, name: str) -> bool:
    return name == "id" and table.autoincrement_column is not None


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _refuse_unless_ours(bundle: zipfile.ZipFile) -> None:
    about = json.loads(bundle.read(ABOUT))
    if about["revision"] != known_revisions()[-1]:
        raise UsageError(
            f"This backup was written by Alex {about['alex']}, and this is {__version__}.",
            "Restore it with the version that wrote it, then update.",
        )


def _unpack_rows(record: Record, bundle: zipfile.ZipFile) -> int:
    rows = 0
    writing = record.engine.execution_options(writes=True)
    with faults.in_plain_words(faults.CHANGING, record.place), writing.begin() as connection:
        _refuse_unless_empty(connection)
        for table in _tables():
            for some in _some_rows(bundle, table):
                connection.execute(insert(table), some)
                rows += len(some)
    return rows


def _refuse_unless_empty(connection: Connection) -> None:
    for table in _tables():
        if connection.scalar(select(func.count()).select_from(table)):
            raise UsageError("Something is kept there already.", "Name an empty database or folder to restore to.")


def _some_rows(bundle: zipfile.ZipFile, table: Table) -> Iterator[list[dict[str, Any]]]:
    moments = [column.name for column in table.columns if isinstance(column.type, Utc)]
    some: list[dict[str, Any]] = []
    with bundle.open(f"{table.name}.jsonl") as lines:
        for line in lines:
            row = json.loads(line)
            row |= {name: datetime.fromisoformat(row[name]) for name in moments if row[name]}
            some.append(row)
            if len(some) == ROWS_AT_ONCE:
                yield some
                some = []
    if some:
        yield some


def _pack_file(bundle: zipfile.ZipFile, path: Path) -> None:
    for one in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if one.is_file():
            bundle.write(one, f"home/{one.relative_to(path.parent).as_posix()}")


def _unpack_file(bundle: zipfile.ZipFile, name: str, home: Path) -> None:
    """Write one file of a backup under `home`. Raise ValueError for one that would go elsewhere."""
    to = (home / name.removeprefix("home/")).resolve()
    if not to.is_relative_to(home.resolve()):
        raise ValueError(name)
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(bundle.read(name))
