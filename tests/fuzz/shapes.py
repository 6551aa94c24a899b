"""Updates in forms that no documentation promises: mutations of good ones, as JSON."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

PERSON = {"id": 5, "is_bot": False, "first_name": "Ю", "language_code": "ru"}
PRIVATE = {"id": 5, "type": "private", "first_name": "Ю"}
GROUP = {"id": -100600, "type": "supergroup", "title": "Лавка"}
SIZE = {"file_id": "nothing", "file_unique_id": "u", "width": 90, "height": 90, "file_size": 9}
SAID = {"message_id": 7, "date": 1, "chat": PRIVATE, "from": PERSON}
BASES: tuple[dict[str, Any], ...] = (
    {
        "message": {
            **SAID,
            "text": "/start",
            "entities": [{"type": "bot_command", "offset": 0, "length": 6}],
        }
    },
    {"message": {**SAID, "text": "лён", "reply_to_message": {**SAID, "photo": [SIZE]}}},
    {"message": {**SAID, "photo": [SIZE], "caption": "белый", "media_group_id": "7"}},
    {"message": {**SAID, "document": {**SIZE, "mime_type": "image/png", "file_name": "a.png"}}},
    {"message": {**SAID, "photo": [SIZE], "forward_origin": {"type": "new_kind", "date": 0}}},
    {"message": {**SAID, "chat": GROUP, "text": "@vitrina_local_bot", "is_topic_message": True}},
    {"message": {**SAID, "chat": GROUP, "migrate_to_chat_id": -100601}},
    {"edited_message": {**SAID, "text": "x", "edit_date": 2}},
    {
        "callback_query": {
            "id": "1",
            "from": PERSON,
            "chat_instance": "1",
            "data": "place|1|preset:white",
            "message": SAID,
        }
    },
    {
        "my_chat_member": {
            "chat": GROUP,
            "from": PERSON,
            "date": 1,
            "old_chat_member": {"status": "left", "user": PERSON},
            "new_chat_member": {"status": "member", "user": PERSON},
        }
    },
    {"new_kind_of_update": {"id": 1}},
)
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 2**31, 2**53, 2**63 - 1, 2**63, -(2**63) - 1, 10**40, 1e308),
    *("", "x", "new_kind", "\0", "a\0b", "\ud800", "<b>", "9" * 5000, "я" * 5000),
    *([], {}, [None], [[]], [{}], {"type": "new_kind"}, {"id": "x"}, float("nan"), float("inf")),
)
DEPTHS = (20, 70, 300, 5_000)


def shapes(chance: random.Random, count: int, first_id: int) -> Iterator[tuple[int | None, str]]:
    """Yield updates with the number that confirms each: None where it was spoilt."""
    for number in range(first_id, first_id + count):
        update = {"update_id": number, **copy.deepcopy(chance.choice(BASES))}
        for _ in range(chance.choice((0, 0, 1, 1, 1, 2, 4))):
            _mutate(chance, update)
        text = json.dumps(update)
        kind = chance.random()
        if kind < 0.02:
            yield number, _deep(number, chance.choice(DEPTHS))
        elif kind < 0.04:
            yield number, f'{{"update_id": {number}, "message": {{"date": {"9" * 5000}}}}}'
        elif kind < 0.06:
            yield None, json.dumps(chance.choice(ODD))
        elif kind < 0.08:  # the same number twice
            yield number, text
            yield number, text
        else:
            kept = update.get("update_id")
            yield number if type(kept) is int and kept == number else None, text


def _mutate(chance: random.Random, update: dict[str, Any]) -> None:
    """Spoil one value somewhere; seldom the update's own number."""
    places = [
        (at, key) for at, key in _places(update) if key != "update_id" or chance.random() < 0.2
    ]
    if not places:
        return
    at, key = chance.choice(places)
    if chance.random() < 0.3:
        del at[key]
    elif chance.random() < 0.1:
        at[key] = copy.deepcopy(chance.choice(BASES))
    else:
        at[key] = copy.deepcopy(chance.choice(ODD))


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield value, key
            yield from _places(inner)
    elif isinstance(value, list):
        for key, inner in enumerate(value):
            yield value, key
            yield from _places(inner)


def _deep(number: int, depth: int) -> str:
    return f'{{"update_id": {number}, "message": {"[" * depth}{"]" * depth}}}'
