"""The image's health check is true to the settings of the private port."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from bot.telegram.listen import listen
from tests.stands.sockets import free_port

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]


def check() -> list[str]:
    """Return the Dockerfile's one command, with this Python in place of the image's."""
    found = re.findall(
        r"^HEALTHCHECK .*CMD (\[.+\])$", (ROOT / "Dockerfile").read_text(), re.MULTILINE
    )
    assert len(found) == 2, "one for each image"
    first, second = (json.loads(command) for command in found)
    assert first == second
    assert first[0] == "python3"
    return [sys.executable, *first[1:]]


async def checked(environment: Mapping[str, str]) -> tuple[int | None, str]:
    """Run it with settings of the private port; return its status, and what it printed."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("METRICS_")}
    process = await asyncio.create_subprocess_exec(
        *check(),
        cwd=ROOT,
        env={**plain, **environment, "http_proxy": "http://127.0.0.1:9"},
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    return process.returncode, out.decode()


@pytest.mark.parametrize("port", ["0", ""])
async def test_where_the_port_is_off_the_running_process_is_healthy(port: str) -> None:
    assert await checked({"METRICS_PORT": port}) == (0, "")


async def test_it_asks_the_port_that_is_set() -> None:
    said: dict[str, object] = {"status": 200, "text": "ok\n"}

    async def ready(_request: web.Request) -> web.Response:
        return web.Response(status=int(str(said["status"])), text=str(said["text"]))

    app = web.Application()
    app.router.add_get("/readyz", ready)
    port = free_port()
    runner = web.AppRunner(app)
    async with listen(runner, "127.0.0.1", port, setting="METRICS_PORT"):
        for host in ("127.0.0.1", "0.0.0.0", ""):  # noqa: S104 - what the setting may say
            settings = {"METRICS_PORT": str(port), "METRICS_HOST": host}
            assert await checked(settings) == (0, "")
        said.update(status=503, text="the disk is full\n")
        assert await checked({"METRICS_PORT": str(port)}) == (1, "the disk is full\n")
    status, told = await checked({"METRICS_PORT": str(port)})
    assert status == 1
    assert told.startswith(f"nobody answers at port {port}")
