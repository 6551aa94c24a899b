"""The shorter chaos of CI: what `make chaos` measures at length."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.chaos import kills, outages, packs

if TYPE_CHECKING:
    from tests.chaos.scene import Outcome
    from tests.stands.postgres import Cluster

pytestmark = pytest.mark.slow


def check(outcome: Outcome) -> None:
    assert outcome.held, f"{outcome.row}: {outcome.figures}"


async def test_kill_9_on_sqlite() -> None:
    check(await kills.killed(None, photos=30, kills=5))


async def test_kill_9_on_postgres(postgres: Cluster) -> None:
    check(await kills.killed(postgres, photos=30, kills=4))


async def test_a_card_changed_in_words_and_a_set_that_is_killed() -> None:
    check(await packs.card_killed(None, kills=1))


async def test_a_full_disk() -> None:
    check(await outages.disk_full())


async def test_the_database_at_any_moment() -> None:
    check(await kills.copied(photos=30, copies=5))


async def test_a_clock_that_is_set() -> None:
    check(await outages.clock_jumps())
