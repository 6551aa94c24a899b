"""The fakes at the bot's ends, for tests of what you add to it.

``open_stand`` runs the bot as `vitrina bot` does, with them in place; a ``Person`` writes to it.
"""

from tests.stands.bot import Person, Stand, open_stand
from tests.stands.describer import Scribe as FakeDescriber
from tests.stands.model import Echo as FakeSam
from tests.stands.model import middle as fake_head
from tests.stands.session import InMemory as FakeTelegram

__all__ = [
    "FakeDescriber",
    "FakeSam",
    "FakeTelegram",
    "Person",
    "Stand",
    "fake_head",
    "open_stand",
]
