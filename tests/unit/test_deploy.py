"""The proxies' examples, run: one host brings the webhook and the editor where they listen."""

from __future__ import annotations

import asyncio
import io
import os
import shutil
import ssl
import subprocess
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from aiohttp import ClientConnectionError, ClientSession, TCPConnector, web
from aiohttp.test_utils import TestServer

from tests.conftest import ROOT
from tests.stands.sockets import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

NAME = "bot.example.org"
SECRET = "X-Telegram-Bot-Api-Secret-Token"


@asynccontextmanager
async def upstream(name: str, port: int) -> AsyncIterator[None]:
    """A server that says who was asked, for what."""

    async def told(request: web.Request) -> web.Response:
        size = len(await request.read())
        words = f"{name} {request.path_qs} {size} {request.headers.get(SECRET, '')}"
        return web.Response(text=words, headers={"X-Breaches": "x" * 3000})

    app = web.Application(client_max_size=2**26)
    app.router.add_route("*", "/{path:.*}", told)
    async with TestServer(app, port=port):
        yield


def certificate(folder: Path) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", "privkey.pem", "-out", "fullchain.pem", "-days", "1",
         "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip


def nginx(folder: Path, ports: tuple[int, int, int]) -> list[str]:
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    text = text.replace("listen 443", f"listen 127.0.0.1:{ports[0]}")
    text = text.replace(":8080", f":{ports[1]}").replace(":8081", f":{ports[2]}")
    text = text.replace(f"/etc/letsencrypt/live/{NAME}", str(folder))
    user = "user root;" if os.getuid() == 0 else ""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"daemon off; {user} pid {folder}/pid; error_log stderr;"
        f"events {{}} http {{ access_log off; {paths} {text} }}"
    )
    return ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]


def caddy(folder: Path, ports: tuple[int, int, int]) -> list[str]:
    text = (ROOT / "deploy" / "Caddyfile").read_text()
    tls = f"{NAME}:{ports[0]} {{\n\tbind 127.0.0.1\n\ttls fullchain.pem privkey.pem"
    text = text.replace(f"{NAME} {{", tls, 1)
    text = text.replace(":8080", f":{ports[1]}").replace(":8081", f":{ports[2]}")
    options = "{\n\tadmin off\n\tauto_https off\n}\n"
    (folder / "Caddyfile").write_text(options + text)
    return ["caddy", "run", "--config", "Caddyfile", "--adapter", "caddyfile"]


@pytest.mark.parametrize("proxy", [nginx, caddy], ids=["nginx", "caddy"])
async def test_one_host_has_the_webhook_and_the_editor(
    tmp_path: Path, proxy: Callable[[Path, tuple[int, int, int]], list[str]]
) -> None:
    if shutil.which(proxy.__name__) is None or shutil.which("openssl") is None:
        pytest.skip(f"{proxy.__name__} is not installed")
    certificate(tmp_path)
    ports = (free_port(), free_port(), free_port())
    command = proxy(tmp_path, ports)
    async with upstream("webhook", ports[1]), upstream("editor", ports[2]):
        running = await asyncio.create_subprocess_exec(
            *command, cwd=tmp_path, stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, "HOME": str(tmp_path)},
        )  # fmt: skip
        try:
            await asked(tmp_path, ports[0])
        finally:
            if running.returncode is None:
                running.terminate()
            await running.wait()


async def asked(folder: Path, port: int) -> None:
    trusted = ssl.create_default_context(cafile=str(folder / "fullchain.pem"))
    connector = TCPConnector(ssl=trusted)
    async with ClientSession(f"https://127.0.0.1:{port}", connector=connector) as session:
        host = {"Host": NAME}

        async def ask(method: str, path: str, size: int = 0, **headers: str) -> tuple[int, str]:
            async with session.request(
                method,
                path,
                data=io.BytesIO(bytes(size)),
                headers=host | headers,
                server_hostname=NAME,
            ) as answer:
                return answer.status, await answer.text()

        async with asyncio.timeout(60):
            while True:
                try:
                    assert (await ask("GET", "/"))[0] == 404
                    break
                except ClientConnectionError:
                    await asyncio.sleep(0.05)
        told = await ask("POST", "/telegram", 900_000, **{SECRET: "s"})
        assert told == (200, "webhook /telegram 900000 s")
        told = await ask("GET", "/editor/?photo=1-x")
        assert told == (200, "editor /editor/?photo=1-x 0 ")
        told = await ask("PUT", "/editor/api/1-x/mask?snap=1", 200_000)
        assert told == (200, "editor /editor/api/1-x/mask?snap=1 200000 ")
        assert (await ask("GET", "/metrics"))[0] == 404
        try:
            status, _ = await ask("POST", "/editor/api/1-x/touch", 50 * 1024 * 1024)
        except ClientConnectionError:  # it was hung up on while it still sent
            status = 413
        assert status in {413, 502}, "Caddy of Debian says 502 where it stops a body on its way"
