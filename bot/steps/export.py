"""Pack all that is kept about a seller into ZIP files and send them."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

from aiogram.types import BufferedInputFile

from pipeline.errors import StorageError
from storage import account, sellers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from bot.services import Services
    from storage.jobs import Job

LARGEST = 45 * 1024 * 1024
"""Bytes of files per ZIP; Telegram takes documents up to 50 MB."""
MAGIC = {b"\xff\xd8": "jpg", b"\x89P": "png", b"RI": "webp", b"PK": "npz"}
"""What the files are called by, from their first two bytes."""
HIDDEN = {"jobs"}
"""Tables of ours that tell nothing about the seller."""


async def export(services: Services, job: Job) -> None:
    """Send the rows as JSON with the pictures that they name."""
    async with services.database.read() as connection:
        seller = await sellers.get(connection, job.seller_id)
        rows = await account.everything(connection, job.seller_id)
    told = {name: found for name, found in rows.items() if name not in HIDDEN}
    names = {
        row[column.name]: f"{table.name}/{row['id']}-{column.name}"
        for table, _ in account.belongings(job.seller_id)
        for column in account.file_columns(table)
        for row in told.get(table.name, ())
        if row[column.name] is not None
    }
    packed = [part async for part in _packed(services, told, names)]
    for number, part in enumerate(packed, 1):
        text = services.texts(seller.language, "export-part", number=number, total=len(packed))
        file = BufferedInputFile(part, f"vitrina-{number}.zip")
        await services.bot.send_document(job.seller_id, file, caption=text)


async def _packed(
    services: Services, told: Mapping[str, Any], names: Mapping[str, str]
) -> AsyncIterator[bytes]:
    """Yield ZIP files; the first holds the rows. A file that retention has taken is left out."""
    held: dict[str, bytes] = {"data.json": json.dumps(told, ensure_ascii=False, indent=1).encode()}
    for key, name in names.items():
        try:
            data = await services.files.get(key)
        except StorageError:
            continue
        if sum(map(len, held.values())) + len(data) > LARGEST and held:
            yield await asyncio.to_thread(_zip, held)
            held = {}
        held[f"{name}.{MAGIC.get(data[:2], 'bin')}"] = data
    yield await asyncio.to_thread(_zip, held)


def _zip(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:  # pictures are compressed already
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()
