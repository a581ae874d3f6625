"""A PostgreSQL server for tests: its own, on this machine alone, thrown away afterwards."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOUND = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
SAFE_TO_LOSE = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c shared_buffers=16MB"


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, or None where it is not installed."""
    if FOUND:
        return FOUND[-1].parent
    found = shutil.which("initdb")
    return Path(found).parent if found else None


@contextmanager
def running(*, safe: bool = False) -> Iterator[str]:
    """Run a server in a folder of its own; give its address. `safe`: with every commit on the disk, as in earnest."""
    bin_of = programs()
    assert bin_of is not None
    user = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root, and cannot enter pytest's folders
    folder = Path(tempfile.mkdtemp(prefix="alex-postgresql-"))
    cluster = folder / "cluster"
    if user:
        shutil.chown(folder, user)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def run(*command: str) -> None:
        done = subprocess.run(
            [str(bin_of / command[0]), *command[1:]], user=user, cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    run("initdb", "-D", str(cluster), "-U", "alex", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    options = f"-h 127.0.0.1 -p {port} -k {folder} {'' if safe else SAFE_TO_LOSE}"
    run("pg_ctl", "-D", str(cluster), "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"postgresql://alex@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-D", str(cluster), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
