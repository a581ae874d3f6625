"""The library on the disk: articles, passages, their vectors and their words, in one SQLite file.

This file is the truth. The vector index (index.py) is a cache made from it and may be lost at any time.
"""

import sqlite3
import threading
import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from bot.errors import LibraryError
from bot.library import full_text, twins
from bot.library.full_text import FullText
from bot.library.loading import Article
from bot.library.pages import page_at
from bot.library.passages import Passage
from bot.library.ranker import LENGTH, Embedded
from bot.listen.encoder import DIMENSIONS, Vectors

SCHEMA = "3"
BUSY_S = 10
"""Longest wait, in seconds, for another process to finish writing."""
AT_ONCE = 500
"""Values in one query; SQLite takes no more than some thousands."""

metadata = sa.MetaData()
facts = sa.Table(
    "facts",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),  # schema, encoder, generation
    sa.Column("value", sa.Text, nullable=False),
)
articles = sa.Table(
    "articles",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("place", sa.Text, nullable=False, unique=True),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("changed_ns", sa.Integer, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    *(sa.Column(name, sa.Text, nullable=False) for name in Article.__annotations__),
)
passages = sa.Table(
    "passages",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("article", sa.ForeignKey("articles.number", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("section", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
    sa.Column("hash", sa.Text, nullable=False, index=True),  # of the text that was embedded
    sa.Column("vector", sa.LargeBinary, nullable=False),  # float32, little-endian
    sa.Column("pieces", sa.LargeBinary, nullable=False, server_default=sa.text("x''")),  # int8, 64 to a word piece
)
readings = sa.Table(
    "readings",
    metadata,
    sa.Column("place", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),  # of the file
    sa.Column("time", sa.Text, nullable=False),  # UTC, ISO 8601
    sa.Column("fault", sa.Text, nullable=False),  # empty where it was read
    sa.Column("fix", sa.Text, nullable=False),
)
STANDS = sa.text("passages.number NOT IN (SELECT passage FROM twins)")
"""Of a passage that is searched: it does not stand in another file too, or is the one that stands for the others."""


@dataclass(frozen=True)
class Stamp:
    """What tells whether a file is the one that was read."""

    size: int
    """In bytes."""
    changed_ns: int
    hash: str
    """SHA-256 of its bytes."""


@dataclass(frozen=True)
class Entry:
    """A passage about to be kept, with what the encoder made of it, and the hash of the text that was embedded."""

    passage: Passage
    hash: str
    embedded: Embedded


class Store:
    """Reads and writes the library's file. Safe to use from several threads and processes.

    Every method raises LibraryError if the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._engine: sa.Engine | None = None
        self._full_text: FullText | None = None

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._engine is not None:
                self._engine.dispose()
                self._engine = None

    # What is there

    def fact(self, name: str) -> str:
        """Return one fact about the library: 'encoder' or 'generation'; empty if there is none yet."""
        with self._reading() as database:
            return _fact(database, name)

    def count(self) -> int:
        """Return how many passages there are."""
        with self._reading() as database:
            return self._words(database).passages

    def standing(self) -> int:
        """Return how many passages are searched: twins.py says which are not."""
        with self._reading() as database:
            return database.scalar(sa.select(sa.func.count()).select_from(passages).where(STANDS)) or 0

    def stamps(self) -> dict[str, Stamp]:
        """Return the stamp of every file in the library, by its place."""
        with self._reading() as database:
            rows = database.execute(
                sa.select(articles.c.place, articles.c.size, articles.c.changed_ns, articles.c.hash)
            )
            return {place: Stamp(size, changed, digest) for place, size, changed, digest in rows}

    def articles(self) -> list[Article]:
        """Return every article, by title."""
        with self._reading() as database:
            rows = database.execute(sa.select(articles).order_by(articles.c.title)).mappings()
            return [_article(row) for row in rows]

    def passages(self, ids: Collection[str] | None = None) -> dict[str, Passage]:
        """Return the passages of these ids that exist, by id; without ids, all of them in reading order."""
        of_article = (articles.c.name, articles.c.title, articles.c.author, articles.c.source, articles.c.pages)
        query = sa.select(passages, *of_article).join(articles).order_by(passages.c.number)
        with self._reading() as database:
            return {row["id"]: _passage(row) for row in _rows(database, query, passages.c.id, ids)}

    def vectors(self) -> tuple[list[str], Vectors]:
        """Return the ids of the passages that are searched, and the vectors of the whole ones, shape (ids, 384).

        A passage that stands in another file too is not among them: see twins.py.
        """
        batches = list(self.vectors_by(AT_ONCE))
        ids = [which for batch, _ in batches for which in batch]
        return ids, np.concatenate([np.zeros((0, DIMENSIONS), dtype=np.float32), *(vectors for _, vectors in batches)])

    def vectors_by(self, size: int) -> Iterator[tuple[list[str], Vectors]]:
        """Yield what `vectors` returns, `size` passages at a time: those of a large library take much memory."""
        query = sa.select(passages.c.number, passages.c.id, passages.c.vector).where(STANDS)
        query = query.order_by(passages.c.number).limit(size)
        last = -1
        while True:
            with self._reading() as database:
                rows = database.execute(query.where(passages.c.number > last)).all()
            if not rows:
                return
            yield [row[1] for row in rows], np.stack([_vector(row[2]) for row in rows])
            last = rows[-1][0]

    def embedded(self, ids: Collection[str]) -> dict[str, Embedded]:
        """Return what the encoder made of these passages, by id."""
        query = sa.select(passages.c.id, passages.c.vector, passages.c.pieces)
        with self._reading() as database:
            return {row["id"]: _embedded(row) for row in _rows(database, query, passages.c.id, ids)}

    def embedded_before(self, hashes: Collection[str]) -> dict[str, Embedded]:
        """Return what the encoder made of texts that it read before, by the hash of the text."""
        query = sa.select(passages.c.hash, passages.c.vector, passages.c.pieces)
        with self._reading() as database:
            return {row["hash"]: _embedded(row) for row in _rows(database, query, passages.c.hash, hashes)}

    # What it looks like from outside

    def shelf(self) -> list[sa.RowMapping]:
        """Return a row for each article, by title: all columns but its text, `passages` and `time` of its reading.

        `time` is None where an earlier version of the program read it.
        """
        count = sa.select(sa.func.count()).where(passages.c.article == articles.c.number).scalar_subquery()
        about = [column for column in articles.c if column.name != "text"]
        query = sa.select(*about, count.label("passages"), readings.c.time)
        query = query.outerjoin(readings, readings.c.place == articles.c.place)
        with self._reading() as database:
            return list(database.execute(query.order_by(sa.func.lower(articles.c.title))).mappings())

    def article(self, place: str) -> Article | None:
        """Return the article of the file, or None."""
        with self._reading() as database:
            row = database.execute(sa.select(articles).where(articles.c.place == place)).mappings().first()
        return _article(row) if row else None

    def place_of(self, passage: str) -> str:
        """Return the place of the article that holds the passage with this id; '' for none."""
        query = sa.select(articles.c.place).join(passages).where(passages.c.id == passage)
        with self._reading() as database:
            return database.scalar(query) or ""

    def passages_in(self, places: Collection[str]) -> set[str]:
        """Return the ids of the passages of these articles."""
        query = sa.select(passages.c.id).join(articles).where(articles.c.place.in_(list(places)))
        with self._reading() as database:
            return set(database.scalars(query))

    def faults(self) -> list[sa.RowMapping]:
        """Return a row for each file that could not be read when it was last looked at, by its name."""
        query = sa.select(readings).where(readings.c.fault != "").order_by(readings.c.name)
        with self._reading() as database:
            return list(database.execute(query).mappings())

    def places_titled(self, title: str, *, besides: str) -> list[str]:
        """Return the places of the files with this title, in order, but for one."""
        query = sa.select(articles.c.place).where(articles.c.title == title, articles.c.place != besides)
        with self._reading() as database:
            return list(database.scalars(query.order_by(articles.c.number)))

    def also(self, which: str) -> list[Passage]:
        """Return the passages of other files for which this one stands, in order: the same words in other places."""
        held = "SELECT passage FROM twins WHERE stands_for_it = (SELECT number FROM passages WHERE id = :which)"
        query = sa.select(passages.c.id).where(passages.c.number.in_(sa.text(held)))
        with self._reading() as database:
            ids = list(database.scalars(query, {"which": which}))
        return list(self.passages(ids).values())

    # Words

    def holds(self, word: str) -> bool:
        """Return whether any passage holds the word in any of its forms."""
        with self._reading() as database:
            (holders,) = self._words(database).holders(database, [word])
            return len(holders.numbers) > 0

    def holding(self, words: Sequence[str], ids: Collection[str]) -> dict[str, tuple[set[str], int]]:
        """Return for each word which of these passages hold it in any of its forms, and how many in the library do."""
        with self._reading() as database:
            known = _numbers(database, ids)
            all_holders = self._words(database).holders(database, words)
        return {
            word: ({known[number] for number in holders.among(known)}, len(holders.numbers))
            for word, holders in zip(words, all_holders, strict=True)
        }

    def by_words(self, words: Sequence[str], at_most: int, among: Collection[str] | None = None) -> list[str]:
        """Return the ids of passages that hold any of the words, best first by BM25; `among` these ids, if given."""
        with self._reading() as database:
            there = None if among is None else _numbers(database, among)
            numbers = self._words(database).best(database, words, at_most, there)
            query = sa.select(passages.c.number, passages.c.id)
            known = {row["number"]: row["id"] for row in _rows(database, query, passages.c.number, numbers)}
        return [known[number] for number in numbers]

    def _words(self, database: sa.Connection) -> FullText:
        """Return what the words are worth in the library as it is now."""
        generation, known = _fact(database, "generation"), self._full_text
        if known is None or known.generation != generation:
            known = self._full_text = FullText(database, generation)
        return known

    # Changing it

    def note(self, name: str, value: str) -> None:
        """Keep one fact about the library, in place of what it was."""
        with self._writing() as database:
            _set(database, name, value)

    def replace(self, article: Article, place: str, stamp: Stamp, entries: Sequence[Entry]) -> None:
        """Keep the article and its passages in place of what the file held before: all of it or nothing."""
        with self._writing() as database:
            orphaned = twins.orphans(database, _delete(database, [place]))
            values = {**vars(article), "path": str(article.path)}
            number = database.execute(articles.insert().values(place=place, **vars(stamp), **values)).lastrowid
            twins.pair(database, [_insert(database, number, entry) for entry in entries])
            twins.pair(database, orphaned)
            _renew(database)

    def restamp(self, place: str, stamp: Stamp, path: Path) -> None:
        """Note that the same article now lies in the file with this stamp."""
        with self._writing() as database:
            database.execute(
                articles.update().where(articles.c.place == place).values(**vars(stamp), path=str(path), name=path.stem)
            )

    def remove(self, places: Collection[str]) -> None:
        """Remove these files' articles, passages, vectors and words. After `tidy`, nothing of them is in the file."""
        if places:
            with self._writing() as database:
                twins.pair(database, twins.orphans(database, _delete(database, places)))
                _renew(database)

    def pair(self) -> None:
        """Look for passages that stand in two files, once, in a library from before that was done."""
        if not self.fact("paired"):
            with self._writing() as database:
                twins.pair(database, database.scalars(sa.select(passages.c.number).order_by(passages.c.number)).all())
                _set(database, "paired", "yes")
                _renew(database)

    def note_reading(self, place: str, name: str = "", fault: str = "", fix: str = "") -> None:
        """Note that the file was read now, or what was wrong with it."""
        said = {"place": place, "name": name, "fault": fault, "fix": fix}
        row = {column: _legible(words) for column, words in said.items()}
        with self._writing() as database:
            database.execute(readings.delete().where(readings.c.place == row["place"]))
            database.execute(readings.insert().values(time=datetime.now(UTC).isoformat(), **row))

    def forget_reading(self, place: str) -> None:
        """Forget what came of reading a file."""
        with self._writing() as database:
            database.execute(readings.delete().where(readings.c.place == place))

    def forget_readings(self, there: Collection[str]) -> None:
        """Forget the readings of files that are no longer among those that are there."""
        with self._writing() as database:
            gone = set(database.scalars(sa.select(readings.c.place))) - set(map(_legible, there))
            for place in gone:
                database.execute(readings.delete().where(readings.c.place == place))

    def tidy(self) -> None:
        """Wipe what was deleted: its words in the full-text index, and its pages in the write-ahead log."""
        with self._writing() as database:
            database.execute(sa.text("INSERT INTO words(words) VALUES ('optimize')"))
        with self._translated(), self._open().connect() as database:
            outside = database.execution_options(
                isolation_level="AUTOCOMMIT"
            )  # a checkpoint may not be in a transaction
            outside.execute(sa.text("PRAGMA wal_checkpoint(TRUNCATE)")).close()

    def re_embed(self, encoder: str, entries: Sequence[Entry]) -> None:
        """Put what `encoder` made of these passages in place of what another made: all of it or nothing."""
        change = passages.update().where(passages.c.id == sa.bindparam("which"))
        with self._writing() as database:
            for entry in entries:
                database.execute(
                    change.values(**{name: sa.bindparam(f"new_{name}") for name in ("vector", "pieces", "hash")}),
                    {"which": entry.passage.id, **{f"new_{name}": made for name, made in _stored(entry).items()}},
                )
            _set(database, "encoder", encoder)
            _renew(database)

    # The file

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with self._translated(), self._open().connect() as database:
            yield database

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with self._translated(), self._open().execution_options(writes=True).begin() as database:
            yield database

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sa.exc.DBAPIError, sqlite3.Error) as error:
            reason = getattr(error, "orig", error)
            raise LibraryError(
                f"The library in {self._path} cannot be read or written ({reason}).",
                "Close other programs that use it and check the free space. If that does not help, delete the file "
                "and run python ingest.py with your folders again; transcripts are kept elsewhere.",
            ) from error
        except OSError as error:
            raise LibraryError(
                f"The folder {self._path.parent} cannot be used ({error.strerror}).", "Set ALEX_HOME to another folder."
            ) from error

    def _open(self) -> sa.Engine:
        with self._lock:
            if self._engine is None:
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                engine = sa.create_engine(f"sqlite:///{self._path}", connect_args={"timeout": BUSY_S})
                sa.event.listen(engine, "connect", _prepare)
                sa.event.listen(engine, "begin", _begin)
                try:
                    self._check(engine)
                except BaseException:
                    engine.dispose()
                    raise
                self._engine = engine
            return self._engine

    def _check(self, engine: sa.Engine) -> None:
        """Make the tables if the file is new. Raise LibraryError if another version made it."""
        with engine.connect() as database:
            new = not sa.inspect(database).has_table("facts")
        if new:
            with engine.execution_options(writes=True).begin() as database:
                metadata.create_all(database)
                database.execute(sa.text(full_text.TABLE))
                _set(database, "schema", SCHEMA)
        with engine.connect() as database:
            schema = database.scalar(sa.select(facts.c.value).where(facts.c.name == "schema"))
        with engine.connect() as database:
            paired = sa.inspect(database).has_table("twins")
        if not paired:
            with engine.execution_options(writes=True).begin() as database:
                for table in twins.TABLES:
                    database.execute(sa.text(table))
        if schema in CHANGES:
            schema = _bring_up(engine, schema)
        if not new:
            readings.create(engine, checkfirst=True)
        if schema != SCHEMA:
            raise LibraryError(
                f"The library in {self._path} was made by another version of the program.",
                "Delete the file and run python ingest.py with your folders again.",
            )


CHANGES = {
    "1": (
        "ALTER TABLE articles ADD COLUMN pages TEXT NOT NULL DEFAULT ''",
        "UPDATE articles SET size = -1, hash = '' WHERE lower(place) LIKE '%.pdf'",  # to be read again, for its pages
    ),
    "2": (  # another encoder's name makes the next filling embed every passage again
        "ALTER TABLE passages RENAME COLUMN vectors TO vector",
        "ALTER TABLE passages ADD COLUMN pieces BLOB NOT NULL DEFAULT x''",
        "UPDATE facts SET value = 'schema 2' WHERE name = 'encoder'",
    ),
}
"""What makes a library of each earlier schema one of the next."""


def _bring_up(engine: sa.Engine, schema: str) -> str:
    """Make an earlier library one of this version, all or nothing; return its schema then."""
    with engine.execution_options(writes=True).begin() as database:
        found: str = database.scalar(sa.select(facts.c.value).where(facts.c.name == "schema")) or schema
        while found in CHANGES:  # another process may have been quicker
            for change in CHANGES[found]:
                database.execute(sa.text(change))
            found = str(int(found) + 1)
        _set(database, "schema", found)
    return found


def _prepare(connection: Any, _record: object) -> None:
    """Set up a new connection: readers do not wait for a writer, and what is deleted is overwritten."""
    connection.isolation_level = None  # Python would begin transactions by itself, and late
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}").close()
    connection.execute(full_text.SAID).close()


def _begin(database: sa.Connection) -> None:
    """Begin a transaction; one that writes waits for its turn now, for it cannot wait half way."""
    writes = database.get_execution_options().get("writes", False)
    database.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _rows(
    database: sa.Connection, query: sa.Select[Any], column: sa.Column[Any], wanted: Collection[Any] | None
) -> Iterator[sa.RowMapping]:
    """Yield the rows of the query whose `column` is wanted, a few hundred values a query; None wants all."""
    if wanted is None:
        yield from database.execute(query).mappings()
        return
    values = list(dict.fromkeys(wanted))
    for start in range(0, len(values), AT_ONCE):
        yield from database.execute(query.where(column.in_(values[start : start + AT_ONCE]))).mappings().all()


def _numbers(database: sa.Connection, ids: Collection[str]) -> dict[int, str]:
    """Return the ids of those of the passages that exist, by number."""
    query = sa.select(passages.c.number, passages.c.id)
    return {row["number"]: row["id"] for row in _rows(database, query, passages.c.id, ids)}


def _delete(database: sa.Connection, places: Collection[str]) -> list[int]:
    """Delete the articles of these files, and return the numbers of their passages."""
    gone: list[int] = []
    for place in places:
        number = database.scalar(sa.select(articles.c.number).where(articles.c.place == place))
        held = sa.select(passages.c.number).where(passages.c.article == number)
        for passage in database.scalars(held).all():
            full_text.take_out(database, passage)
            gone.append(passage)
        database.execute(articles.delete().where(articles.c.number == number))
    return gone


def _insert(database: sa.Connection, article: int, entry: Entry) -> int:
    passage = entry.passage
    row = {"id": passage.id, "section": passage.section, "text": passage.text, "start": passage.start}
    row |= {"end": passage.end, "article": article, **_stored(entry)}
    number: int = database.execute(passages.insert().values(row)).lastrowid
    full_text.put(database, number, passage.title, passage.section, passage.text)
    return number


def _fact(database: sa.Connection, name: str) -> str:
    found = database.exec_driver_sql("SELECT value FROM facts WHERE name = ?", (name,)).first()  # read often
    return found[0] if found else ""


def _renew(database: sa.Connection) -> None:
    """Give the library a generation that no library ever had, so that no older index passes for this one's."""
    _set(database, "generation", uuid.uuid4().hex)


def _set(database: sa.Connection, name: str, value: str) -> None:
    database.execute(facts.delete().where(facts.c.name == name))
    database.execute(facts.insert().values(name=name, value=value))


def _legible(name: str) -> str:
    """Return the name of a file as it can be written, where its own is damaged."""
    return name.encode(errors="replace").decode()


def _article(row: sa.RowMapping) -> Article:
    values = {name: row[name] for name in Article.__annotations__}
    return Article(**{**values, "path": Path(values["path"])})


def _passage(row: sa.RowMapping) -> Passage:
    values = {name: row[name] for name in ("id", "title", "author", "source", "section", "text", "start", "end")}
    return Passage(article=row["name"], page=page_at(row["pages"], row["start"]), **values)


def _stored(entry: Entry) -> dict[str, Any]:
    made = entry.embedded
    return {"hash": entry.hash, "vector": made.vector.astype("<f4").tobytes(), "pieces": made.pieces.tobytes()}


def _vector(stored: bytes) -> Vectors:
    return np.frombuffer(stored[: DIMENSIONS * 4], dtype="<f4")  # schema 2 kept others behind it


def _embedded(row: sa.RowMapping) -> Embedded:
    return Embedded(_vector(row["vector"]), np.frombuffer(row["pieces"], dtype=np.int8).reshape(-1, LENGTH))
