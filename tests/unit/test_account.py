"""/privacy, /export and /forget: what is kept is told, handed out and deleted, files included."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from PIL import Image

from bot.steps import erase
from bot.steps import export as export_step
from storage.tables import metadata
from tests.stands.bot import Person, Stand
from tests.stands.model import picture

if TYPE_CHECKING:
    from pathlib import Path

SHARED = {"updates", "jobs", "broadcasts", "secrets", "usage", "quotas", "erasures", "bans"}
"""Tables whose rows tell nothing of a seller, or not once they are forgotten."""


async def with_a_result(stand: Stand, person: Person, data: bytes | None = None) -> None:
    """Let a person have a photo with a result and a caption, and a background of their own."""
    await person.photo(data, words="лён")
    await stand.settle()
    offer = person.last
    await person.tap(offer, "Зелёный")
    await stand.settle()


async def rows_of(stand: Stand, table: sa.Table) -> list[dict[str, object]]:
    async with stand.services.database.read() as connection:
        rows = await connection.execute(sa.select(table))
        return [dict(row) for row in rows.mappings()]


def kept_files(folder: Path) -> set[str]:
    return {f"{p.parent.name}{p.name}" for p in (folder / "files").rglob("*") if p.is_file()}


async def test_forget_asks_first_and_says_what_there_is(stand: Stand) -> None:
    anna = Person(stand, 1)
    await with_a_result(stand, anna)
    await anna.say("/forget")
    assert "1 фото, 1 подпись и ваши настройки" in anna.last.text
    await anna.tap(anna.last, "Нет")
    assert "ничего не удаляю" in anna.last.text
    assert len(await rows_of(stand, metadata.tables["photos"])) == 1


async def test_forget_deletes_everything_and_nothing_of_others(
    stand: Stand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erase, "UNTOUCHED_SECONDS", 0)
    monkeypatch.setattr(erase, "ORPHAN_SECONDS", 0)
    anna, boris = Person(stand, 1), Person(stand, 2)
    shared = picture((10, 90, 10))
    await with_a_result(stand, anna, shared)
    await with_a_result(stand, anna, picture((90, 10, 10)))
    await with_a_result(stand, boris, shared)
    before = kept_files(tmp_path)
    await anna.say("/forget")
    await anna.tap(anna.last, "Да, удалить всё")
    assert "Удалил: 2 фото, 2 подписи и ваши настройки" in anna.last.text
    assert not anna.last.keyboard
    await stand.settle()
    for table in metadata.sorted_tables:
        for row in await rows_of(stand, table):
            if table.name not in SHARED:
                assert row.get("seller_id", 2) == 2, table.name
            assert row.get("seller_id") != 1, table.name
    assert [row["id"] for row in await rows_of(stand, metadata.tables["sellers"])] == [2]
    (photo,) = await rows_of(stand, metadata.tables["photos"])
    after = kept_files(tmp_path)
    assert photo["source_file"] in after, "what another seller's row names stays"
    assert after < before
    named = {
        row[column.name]
        for table in metadata.sorted_tables
        for row in await rows_of(stand, table)
        for column in table.c
        if column.name == "file" or column.name.endswith("_file")
    }
    assert after == named - {None}


async def test_a_forgotten_seller_starts_afresh(stand: Stand) -> None:
    anna = Person(stand, 1)
    await with_a_result(stand, anna)
    result = anna.last
    await anna.say("/forget")
    ask = anna.last
    await anna.tap(ask, "Да, удалить всё")
    assert "больше нет" in await anna.tap(result, "Голубой")
    await anna.press("forget|1", ask.id)
    assert ask.text.startswith("Удалил: ваши настройки."), "a second tap deletes nothing more"
    await with_a_result(stand, anna)
    assert anna.last.kind == "photo", "the very same photo, while the files are being deleted"


def test_every_table_says_whose_it_is() -> None:
    for table in metadata.sorted_tables:
        if table.name not in SHARED | {"sellers"}:
            assert {"seller_id", "photo_id"} & set(table.c.keys()), table.name


async def test_export_holds_the_rows_and_the_pictures(stand: Stand) -> None:
    anna, boris = Person(stand, 1), Person(stand, 2)
    await with_a_result(stand, anna)
    await with_a_result(stand, boris)
    await anna.say("/export")
    assert "Собираю" in anna.last.text
    await stand.settle()
    assert "файл 1, это всё" in anna.last.text
    assert anna.last.file is not None
    archive = zipfile.ZipFile(io.BytesIO(anna.last.file))
    told = json.loads(archive.read("data.json"))
    assert [row["id"] for row in told["sellers"]] == [1]
    assert [row["facts"] for row in told["photos"]] == ["лён"]
    assert told["captions"][0]["text"]
    pictures = [name for name in archive.namelist() if name.endswith(".jpg")]
    assert any("source_file" in name for name in pictures)
    for name in pictures:
        Image.open(io.BytesIO(archive.read(name))).verify()
    assert boris.last.kind == "photo", "nothing is sent to another"


async def test_a_large_export_comes_in_parts(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_step, "MAX_PART_BYTES", 3000)
    anna = Person(stand, 1)
    await with_a_result(stand, anna)
    await anna.say("/export")
    await stand.settle()
    files = [shown for shown in anna.shown if shown.kind == "document"]
    assert len(files) > 1
    assert [shown.text.split(".")[0] for shown in files] == [
        *(f"Ваши данные: файл {n}, следующий уже собираю" for n in range(1, len(files))),
        f"Ваши данные: файл {len(files)}, это всё",
    ]
    names = [n for f in files for n in zipfile.ZipFile(io.BytesIO(f.file or b"")).namelist()]
    assert len(names) == len(set(names))
    assert names[0] == "data.json"


async def test_export_of_a_newcomer_is_a_file_too(stand: Stand) -> None:
    anna = Person(stand, 1, "en")
    await anna.say("/export")
    await stand.settle()
    assert anna.last.kind == "document"


async def test_privacy_says_what_is_kept_and_how_to_delete_it(stand: Stand) -> None:
    anna = Person(stand, 1, "en")
    await anna.say("/privacy")
    assert "/forget" in anna.last.text
    assert "/export" in anna.last.text


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_help_names_every_command(stand: Stand, language: str) -> None:
    from bot.process.runner import COMMANDS

    anna = Person(stand, 1, language)
    await anna.say("/help")
    for command in set(COMMANDS) - {"start", "help"}:
        assert f"/{command}" in anna.last.text, command


async def test_examples_are_real_pictures(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.say("/examples")
    assert len(anna.shown) >= 4
    assert "фото продавца" in anna.shown[0].text
    for shown in anna.shown:
        assert shown.file is not None
        with Image.open(io.BytesIO(shown.file)) as image:
            assert image.width > image.height
