"""Two front ends behind webhooks, a worker without a token, PostgreSQL, an S3-compatible store."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import aiohttp
import boto3
import pytest

from tests.chaos.stand import free_port, stand
from tests.chaos.telegram import TOKEN
from tests.stands.s3 import S3_ENVIRONMENT, S3Server

if TYPE_CHECKING:
    from pathlib import Path

    from tests.chaos.stand import Program
    from tests.stands.postgres import Cluster

pytestmark = pytest.mark.slow
PHOTOS = 12
EXPECTED = {
    "vitrina_accept_to_delivered_seconds_count": PHOTOS,
    'vitrina_job_runs_total{end="done",kind="cut-out"}': PHOTOS,
    'vitrina_model_batch_size_sum{work="encode"}': PHOTOS,
    'vitrina_model_batch_size_sum{work="choose"}': PHOTOS,
}
"""Each photo is delivered once, and the model is asked for each once."""


async def test_photos_come_back_through_all_of_them(
    tmp_path: Path, postgres: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in S3_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with S3Server() as store:
        boto3.client("s3", endpoint_url=store.url).create_bucket(Bucket="vitrina")
        shared = {"FILES_URL": "s3://vitrina", "FILES_ENDPOINT_URL": store.url}
        async with stand(tmp_path, postgres.new_database()) as s:
            ports = [free_port(), free_port()]
            for number, port in enumerate(ports):
                await s.program(
                    "bot",
                    **shared,
                    DATA_DIR=str(tmp_path / f"front-end-{number}"),
                    WEBHOOK_URL="https://example.org/telegram",
                    WEBHOOK_PORT=str(port),
                ).start()
            worker = s.program("worker", **shared, DATA_DIR=str(tmp_path / "w"), BOT_TOKEN="")
            await worker.start()
            for program in s.programs:
                await program.until_ready()
            s.telegram.webhooks = [f"http://127.0.0.1:{port}/telegram" for port in ports]
            await s.until(lambda: bool(s.telegram.secret), 20)

            async with aiohttp.ClientSession() as stranger:
                url = s.telegram.webhooks[0]
                async with stranger.post(url, json={"update_id": 10**6}) as answer:
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
            assert not list((tmp_path / "w" / "files").glob("??/*")), "files are in the bucket"
        for log in (program.log for program in s.programs):
            assert TOKEN.split(":")[1] not in log.read_text()


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
