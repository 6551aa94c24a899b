"""Two thousand mutants a run: `python -m tests.fuzz formats` makes more."""

from __future__ import annotations

from tests.fuzz import formats
from tests.fuzz.mutate import seeds
from tests.stands.files import FORMATS

FILES = 2000


def test_mutants_of_every_format() -> None:
    assert {form for form, _ in seeds()} == set(FORMATS)
    found = formats.run(range(FILES))
    assert found.holds, found
    assert sum(found.outcomes.values()) == FILES
    assert found.outcomes["photo"] > FILES // 20
    assert found.outcomes["DamagedPhotoError"] > FILES // 20
