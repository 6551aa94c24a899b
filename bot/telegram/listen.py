"""Serve an aiohttp application on a port of this machine."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from pipeline.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@asynccontextmanager
async def listen(
    runner: web.AppRunner, host: str, port: int, *, setting: str
) -> AsyncIterator[None]:
    """Serve ``runner`` while the block runs; what is under way at its end is finished.

    Raises SettingsError that names the port's ``setting`` where it cannot be had.
    """
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            reason = error.strerror or str(error)
            raise SettingsError(f"{setting}: cannot listen at {host}:{port}: {reason}") from error
        yield
    finally:
        await runner.cleanup()
