"""The fakes stand in for what the bot is given, and run it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes import FakeDescriber, FakeSam, FakeTelegram, Person, open_stand

if TYPE_CHECKING:
    from pathlib import Path

    from aiogram.client.session.base import BaseSession

    from pipeline.captions import Describer
    from pipeline.sam import Sam


async def test_a_photo_goes_the_whole_way_through_the_fakes(tmp_path: Path) -> None:
    ends: tuple[Sam, Describer, BaseSession] = FakeSam(), FakeDescriber(), FakeTelegram()
    assert ends
    async with open_stand(tmp_path) as stand:
        anna = Person(stand, 1)
        await anna.photo()
        await stand.settle()
        await anna.tap(anna.last, "Белый")
        await stand.settle()
        assert anna.last.text.startswith("Caption 1")
