"""A private PostgreSQL cluster on a loopback port of its own, as Debian ships it."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from pathlib import Path

import psycopg

BINARIES = Path("/usr/lib/postgresql")
MEMORY = Path("/dev/shm")  # noqa: S108 - the folder itself is not written to by name
ROOM = 4 << 30
START_SECONDS = 60


def binaries() -> Path | None:
    """The newest installed server's folder of programs; None where there is none."""
    found = sorted(BINARIES.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


class Cluster:
    """One server; started, stopped and started again at will. It refuses to run as root.

    Without ``syncs`` it does not wait for the disk: what it has committed outlives its processes,
    and would not outlive the machine.
    """

    def __init__(self, *, syncs: bool = True) -> None:
        self._syncs = syncs
        found = binaries()
        assert found is not None, "PostgreSQL is not installed: apt-get install postgresql"
        self._programs = found
        # Not below pytest's own folder, which another user may not enter.
        self.folder = Path(
            tempfile.mkdtemp("", "vitrina-postgres-", None if syncs else _in_memory())
        )
        self.port = _free_port()
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(self.folder, self._user, pwd.getpwnam(self._user).pw_gid)
        self._run("initdb", "-D", str(self.folder / "data"), "-U", "vitrina", "-A", "trust", "-N")

    def start(self, *, seconds: int = START_SECONDS) -> None:
        options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder}"
            " -c max_connections=200 -c autovacuum_naptime=5"
        )
        if not self._syncs:
            options += " -c fsync=off -c full_page_writes=off"
            options += " -c max_wal_size=64MB -c min_wal_size=32MB"
        log = str(self.folder / "log")
        self._control("start", "-l", log, "-o", options, "-t", str(seconds))

    def stop(self, mode: str = "fast") -> None:
        self._control("stop", "-m", mode)

    def remove(self) -> None:
        self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def pids(self) -> list[int]:
        """Its processes; those that serve connections come and go."""
        first = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        return [first, *map(int, children)]

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://vitrina@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """Make an empty database and return its URL."""
        name = f"t{uuid.uuid4().hex}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def _control(self, *arguments: str) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-w", *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        with (self.folder / "errors").open("ab") as errors:
            done = subprocess.run(
                [str(self._programs / program), *arguments],
                user=self._user,
                cwd=self.folder,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                check=False,
            )
        assert done.returncode == 0, (self.folder / "errors").read_text()


def _in_memory() -> Path | None:
    """Return a folder that no disk is behind, if there is room: a database has a thousand files."""
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
        return MEMORY
    return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
