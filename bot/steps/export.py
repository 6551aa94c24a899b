"""Pack all that is kept about a seller into ZIP files and send them, one part a run."""

from __future__ import annotations

import asyncio
import json
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from aiogram.types import FSInputFile

from bot import payloads
from pipeline.errors import StorageError, StorageUnavailableError
from storage import account, job_rows, sellers
from storage.jobs import RetryLaterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.services import Services
    from storage.account import NamedFile
    from storage.jobs import Job

MAX_PART_BYTES = 45 * 1024 * 1024
"""Bytes of files per ZIP; Telegram takes documents up to 50 MB."""
UPLOAD_SECONDS = 100
"""Seconds for sending one part; the job's own deadline is a little later."""
MAGIC = {b"\xff\xd8": "jpg", b"\x89P": "png", b"RI": "webp", b"PK": "npz"}
"""Suffixes of the files, by their first two bytes."""
HIDDEN = {"jobs"}
"""Internal tables that hold nothing about the seller."""


async def export(services: Services, job: Job) -> None:
    """Send one part: the rows as JSON in the first, then the files that they name.

    How far it came is written into the job, which then runs again for the next part: a part is
    sent twice only where the process died between sending it and writing that down. A part lies
    on the disk, never in memory.
    """
    asked = payloads.Export.of(job)
    number, after = asked.part, asked.after
    async with services.database.read() as connection:
        seller = await sellers.find(connection, job.seller_id)
        if seller is None:  # forgotten meanwhile
            return
        rows = await account.all_rows(connection, job.seller_id) if number == 1 else {}
        files = await account.files_of(connection, job.seller_id, after)
    head = {name: found for name, found in rows.items() if name not in HIDDEN}
    text = json.dumps(head, ensure_ascii=False, indent=1) if number == 1 else None
    with tempfile.TemporaryDirectory(prefix="vitrina-export-") as folder:
        path = Path(folder) / "part.zip"
        count = await _pack(services, path, text, files)
        is_last = count == len(files)
        key = "export-last" if is_last else "export-part"
        await services.bot.send_document(
            job.seller_id,
            FSInputFile(path, f"vitrina-{number}.zip"),
            caption=services.texts(seller.language, key, number=number),
            request_timeout=UPLOAD_SECONDS,
        )
    if is_last:
        return
    async with services.database.write() as connection:
        following = payloads.Export(part=number + 1, after=files[count - 1].place)
        await job_rows.advance(connection, job, following.model_dump(mode="json"))
    raise RetryLaterError(0.0, "the next part", counts=False)


async def _pack(
    services: Services, path: Path, head: str | None, files: Sequence[NamedFile]
) -> int:
    """Write a ZIP of the files that fit; return how many were looked at.

    A file that retention has taken is left out. One that is larger than a part has it alone.
    """
    size = 0
    with zipfile.ZipFile(path, "w") as archive:  # pictures are compressed already
        if head is not None:
            await asyncio.to_thread(archive.writestr, "data.json", head)
            size = len(head)
        for count, file in enumerate(files):
            try:
                data = await services.files.get(file.key)
            except StorageUnavailableError:
                raise
            except StorageError:
                continue
            if size and size + len(data) > MAX_PART_BYTES:
                return count
            name = f"{file.name}.{MAGIC.get(data[:2], 'bin')}"
            await asyncio.to_thread(archive.writestr, name, data)
            size += len(data)
    return len(files)
