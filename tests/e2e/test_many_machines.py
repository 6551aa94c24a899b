"""The processes of `compose.yaml` with its environment, around a real PostgreSQL and S3 server."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import aiohttp
import boto3
import pytest

from tests.chaos.stand import stand
from tests.stands.compose import services
from tests.stands.s3 import S3_ENVIRONMENT, S3Server
from tests.stands.server import TOKEN
from tests.stands.sockets import free_port

if TYPE_CHECKING:
    from pathlib import Path

    from tests.chaos.stand import Program
    from tests.stands.postgres import Cluster

pytestmark = pytest.mark.slow
PHOTOS = 12
EXPECTED = {
    "vitrina_accept_to_delivered_seconds_count": PHOTOS,
    'vitrina_job_runs_total{end="done",kind="cut-out"}': PHOTOS,
    'vitrina_model_batch_size_sum{work="find"}': PHOTOS,
}
"""Each photo is delivered once, and the model is asked for each once."""


async def test_photos_come_back_through_all_of_them(
    tmp_path: Path, postgres: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in S3_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with S3Server() as store:
        boto3.client("s3", endpoint_url=store.url).create_bucket(Bucket="vitrina")
        given = {
            "BOT_TOKEN": TOKEN,
            "WEBHOOK_URL": "https://example.org/telegram",
            "LOG_SALT": "s",
            "POSTGRES_PASSWORD": "one",
            "STORE_PASSWORD": "two",
        }
        url = postgres.new_database()
        async with stand(tmp_path, url) as s:
            ports: list[int] = []
            for service in services(given):
                # The containers' network is this machine.
                here = {"DATABASE_URL": url, "FILES_ENDPOINT_URL": store.url, **S3_ENVIRONMENT}
                if service.command == "bot":
                    ports.append(free_port())
                    here |= {"WEBHOOK_HOST": "127.0.0.1", "WEBHOOK_PORT": str(ports[-1])}
                assert here.keys() <= service.environment.keys()
                own = {"DATA_DIR": str(tmp_path / service.name), "METRICS_HOST": "127.0.0.1"}
                tokenless = {"BOT_TOKEN": "", "WEBHOOK_URL": ""}
                environment = tokenless | dict(service.environment) | here | own
                await s.program(service.command, **environment).start()
            for program in s.programs:
                await program.until_ready()
            s.telegram.webhooks = [f"http://127.0.0.1:{port}/telegram" for port in ports]
            await s.until(lambda: bool(s.telegram.server.context.webhook.secret), 20)

            async with aiohttp.ClientSession() as stranger:
                door = s.telegram.webhooks[0]
                async with stranger.post(door, json={"update_id": 10**6}) as answer:
                    assert answer.status == 401, "only Telegram knows the secret"

            for number in range(PHOTOS):
                s.send(1 + number % 8)
            await s.until(lambda: not s.lost, 60)
            assert not s.lost
            assert not s.duplicates

            # A picture is in the chat a moment before it is counted.
            for _ in range(600):
                if (found := await seen(s.programs)) == EXPECTED:
                    break
                await asyncio.sleep(0.1)
            assert found == EXPECTED
        assert not kept_locally(tmp_path), "files are in the bucket"
        for log in (program.log for program in s.programs):
            assert TOKEN.split(":")[1] not in log.read_text()


def kept_locally(folder: Path) -> list[Path]:
    return list(folder.glob("*/files/??/*"))


async def seen(programs: list[Program]) -> dict[str, float]:
    """Ask every process for its figures and add them up."""
    texts = []
    async with aiohttp.ClientSession() as prometheus:
        for program in programs:
            async with prometheus.get(f"http://127.0.0.1:{program.port}/metrics") as answer:
                texts.append(await answer.text())
    return {name: sum(figure(name, text) for text in texts) for name in EXPECTED}


def figure(name: str, text: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)", text, re.MULTILINE)
    return float(found.group(1)) if found else 0.0
