"""Files of strangers are read in a process of its own: with a limit of time and of memory, and nothing else harmed.

What reads PDF, Word and web pages is large, and a damaged or hostile file can make it loop, fill the memory or end the
process. The process is started when the first such file comes, serves all of a filling, and costs a third of a second.
"""

import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from bot.errors import ArticleError
from bot.library.loading import Article, article_from
from bot.settings import PACKAGE

TIME_S = 60.0
"""Longest that one file may take, in seconds. 500 pages of PDF take about five."""
MEMORY = 2 * 1024**3
"""In bytes: the most that the process may ask for, where the system can hold it to that (not on Windows and macOS)."""
SMALL = 1024 * 1024
"""In bytes: Markdown and text up to this size are read here, for nothing can happen to them."""
PLAIN = (".md", ".markdown", ".txt")
TOO_LONG = "reading the file takes more than a minute.", "Save the part that matters as a file of its own."
TOO_LARGE = "reading the file takes more memory than a document should.", TOO_LONG[1]
BROKE = "the file is so damaged that reading it breaks off.", "Open it, and save it again; or save it as text."


class Apart:
    """Reads files one after another, in another process where that is safer. Close it in the end."""

    def __init__(self, time_s: float = TIME_S, memory: int = MEMORY) -> None:
        self._time_s = time_s
        self._memory = memory
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Apart":
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the other process, whatever it is doing."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def article_from(self, path: Path, raw: bytes) -> Article:
        """Return the article that the bytes of the file `path` hold. Raise ArticleError if there is none, or in time.

        See loading.article_from, which this calls.
        """
        if path.suffix.lower() in PLAIN and len(raw) <= SMALL:
            return article_from(path, raw)
        answer = self._asked(path, raw)
        if "fault" in answer:
            raise ArticleError(path.name, answer["fault"], answer["fix"])
        return Article(**{**answer, "path": path})

    def _asked(self, path: Path, raw: bytes) -> dict[str, Any]:
        process = self._process = self._process or self._started()
        late = threading.Event()

        def stop() -> None:
            late.set()
            process.kill()

        limit = threading.Timer(self._time_s, stop)
        limit.start()
        try:
            line = _exchange(process, path, raw)
        finally:
            limit.cancel()
        if line.endswith(b"\n"):
            return json.loads(line)  # type: ignore[no-any-return]
        self.close()
        raise ArticleError(path.name, *(TOO_LONG if late.is_set() else BROKE))

    def _started(self) -> "subprocess.Popen[bytes]":
        paths = [str(PACKAGE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
        return subprocess.Popen(  # noqa: S603  (this program, on bytes that it is handed)
            [sys.executable, "-m", "bot.library.apart", str(self._memory)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )


def _exchange(process: "subprocess.Popen[bytes]", path: Path, raw: bytes) -> bytes:
    """Return the answer to one file: a line of JSON, or what there is of it where the process ended before."""
    asked, answer = process.stdin, process.stdout
    if asked is None or answer is None:
        return b""
    with suppress(OSError):  # it ended before it had the whole file
        asked.write(json.dumps([str(path), len(raw)]).encode() + b"\n" + raw)
        asked.flush()
    return answer.readline()


# In the other process


def _serve(asked: IO[bytes], answer: IO[bytes]) -> None:
    """Read files until there are no more."""
    while header := asked.readline():
        path, size = json.loads(header)
        answer.write(json.dumps(_answer(Path(path), asked.read(size))).encode() + b"\n")
        answer.flush()


def _answer(path: Path, raw: bytes) -> dict[str, Any]:
    try:
        return {**asdict(article_from(path, raw)), "path": str(path)}
    except ArticleError as error:
        cause: BaseException | None = error.__cause__
        if isinstance(cause, MemoryError):
            return dict(zip(("fault", "fix"), TOO_LARGE, strict=True))
        return {"fault": error.fault.removeprefix(f"{path.name}: "), "fix": error.fix}
    except MemoryError:
        return dict(zip(("fault", "fix"), TOO_LARGE, strict=True))


def _limit_memory(most: int) -> None:
    with suppress(ImportError, OSError, ValueError):  # Windows has no such limit, macOS does not keep it
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (most, most))


if __name__ == "__main__":
    _limit_memory(int(sys.argv[1]))
    _serve(sys.stdin.buffer, sys.stdout.buffer)
