"""What keeps the program from starting is one line that names the setting, and status 1."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from storage.database import FILE, migrate

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = f"123456:{'a' * 35}"
START_SECONDS = 150


def start(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    ours = {"BOT_TOKEN": TOKEN, "OPENAI_API_KEY": "", "TELEGRAM_API_URL": "http://127.0.0.1:1"}
    return subprocess.run(
        [sys.executable, "-m", "vitrina", *(words or ("bot",))],
        cwd=folder,
        env={**os.environ, **ours, **environment},
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )


def newer(folder: Path) -> None:
    (folder / "data").mkdir()
    migrate(folder / "data" / FILE)
    with sqlite3.connect(folder / "data" / FILE) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"WEBHOOK_URL": "http://example.org/telegram"}, "WEBHOOK_URL: Value error, Telegram call"),
        ({"WEBHOOK_URL": "example.org"}, "WEBHOOK_URL: Value error, expected an address"),
        ({"METRICS_PORT": "99999"}, "METRICS_PORT: Input should be less"),
        (
            {"OPENAI_API_KEY": "sk-test-0123456789", "SSL_CERT_FILE": "/no/such.pem"},
            "SSL_CERT_FILE",
        ),
        ({"DATABASE_URL": "mysql://example.org/x"}, "DATABASE_URL must begin with postgresql://"),
        ({"DATA_DIR": "/proc/nowhere"}, "cannot write to /proc/nowhere"),
    ],
)
def test_wrong_settings_are_told_in_a_line(
    tmp_path: Path, environment: dict[str, str], told: str
) -> None:
    run = start(tmp_path, **environment)
    assert run.returncode == 1
    assert len(run.stderr.strip().splitlines()) == 1, run.stderr
    assert run.stderr.startswith("vitrina: ")
    assert told in run.stderr


def test_a_newer_database_says_how_to_go_back(tmp_path: Path) -> None:
    newer(tmp_path)
    run = start(tmp_path)
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    last = run.stderr.strip().splitlines()[-1]
    assert last.startswith("vitrina: the database is newer than this program: ")
    assert "9999" in last
    assert "restore the backup" in last
    with sqlite3.connect(tmp_path / "data" / FILE) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)
    connection.close()


def test_notes_in_another_encoding_name_their_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("# ключ\nTHREADS=1\n".encode("cp1251"))
    run = start(tmp_path)
    assert run.returncode == 1
    assert run.stderr.strip() == (
        "vitrina: .env is not UTF-8 (it may be Windows-1251): save it as UTF-8"
    )


def test_a_taken_port_is_told_in_a_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        run = start(tmp_path, METRICS_PORT=str(port))
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    last = run.stderr.strip().splitlines()[-1]
    assert last.startswith(f"vitrina: METRICS_PORT: cannot listen at 127.0.0.1:{port}: ")
