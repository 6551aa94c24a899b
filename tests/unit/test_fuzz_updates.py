"""Some hundred odd updates and forged taps; `python -m tests.fuzz updates` does more by hand."""

from __future__ import annotations

import pytest

from tests.fuzz.updates import run


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_odd_updates_and_forged_taps() -> None:
    found = await run(300, seed=7)
    assert not found.wrong, found
    assert found.passed_over > 30
    assert found.taps >= 300
