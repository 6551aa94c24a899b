"""Nothing is passed on: no process opens a socket but to the hosts that the settings name."""

from __future__ import annotations

import ast
import asyncio
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.conftest import ROOT
from tests.e2e.bot import Bot
from tests.stands.sockets import Proxy, peers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.stands.server import Served

WATCHED_SECONDS = 40
"""ONNX Runtime sent its first three requests within 32 seconds."""
SILENCING = ("CI", "TF_BUILD", "GITHUB_ACTIONS", "ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS")
"""Where one of these is set ONNX Runtime is quiet by itself; sellers' machines have none."""


@pytest_asyncio.fixture(loop_scope="module")
async def proxy() -> AsyncIterator[Proxy]:
    proxy = Proxy()
    await proxy.start()
    yield proxy
    await proxy.stop()


def environment(home: Path, proxy: str) -> dict[str, str]:
    """A stranger's environment whose home is empty and whose way out is ``proxy``."""
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if name not in SILENCING}
    ways = dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"), proxy)
    return {**kept, **ways, "HOME": str(home), "XDG_CACHE_HOME": "", "NO_PROXY": "127.0.0.1"}


def left_at(home: Path) -> list[str]:
    return sorted(str(path.relative_to(home)) for path in home.rglob("*") if path.is_file())


@pytest.mark.slow
@pytest.mark.asyncio(loop_scope="module")
async def test_a_bot_and_its_model_process_talk_to_telegram_alone(
    tmp_path: Path, proxy: Proxy, telegram: Served
) -> None:
    home = tmp_path / "home"
    more = {**environment(home, proxy.url), "MODEL_PROCESSES": "1"}
    bot = Bot(tmp_path, telegram, None, only=more)
    await bot.start()
    seen: set[str] = set()
    ends = time.monotonic() + WATCHED_SECONDS
    while time.monotonic() < ends:
        seen |= peers(bot.process.pid)
        await asyncio.sleep(0.1)
    assert await bot.stop() == 0
    assert (proxy.asked, seen, left_at(home)) == ([], set(), [])


@pytest.mark.slow
@pytest.mark.asyncio(loop_scope="module")
async def test_a_batch_talks_to_nobody(tmp_path: Path, proxy: Proxy, samples: Path) -> None:
    home = tmp_path / "home"
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "cap.jpg").write_bytes((samples / "yellow-cap.jpg").read_bytes())
    words = ("process", "--input-folder", "in", "--output-folder", "out")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "vitrina", *words),
        env={**environment(home, proxy.url), "BOT_TOKEN": "", "OPENAI_API_KEY": ""},
        cwd=tmp_path,
    )
    seen: set[str] = set()
    while process.returncode is None:
        seen |= peers(process.pid)
        await asyncio.sleep(0.1)
    assert process.returncode == 0
    assert (proxy.asked, seen, left_at(home)) == ([], set(), [])


def test_it_is_off_before_anything_imports_onnx_runtime(tmp_path: Path) -> None:
    """Whatever module of the project is imported first, and whatever the environment says."""
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for folder in ("benchmarks", "bot", "pipeline", "storage", "training", "vitrina")
        for path in (ROOT / folder).rglob("*.py")
        if _imports_onnx_runtime(path)
    ]
    assert len(modules) > 3
    for module in modules:
        package = module.partition(".")[0]
        told = subprocess.run(
            [sys.executable, "-c", f"import {package}, os; print(os.environ[{SILENCING[3]!r}])"],
            env={**os.environ, "PYTHONPATH": str(ROOT), SILENCING[3]: "0"},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert told.stdout.strip() == "1", f"{module}: {told.stderr}"


def _imports_onnx_runtime(path: Path) -> bool:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return any(name.split(".")[0] == "onnxruntime" for name in names)
