"""Scenes that are drawn of sellers' words: asked for, paid for, and shown to choose from."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage.rows import one
from storage.tables import scenes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from storage.edits import Edit

FILES = ("first_file", "second_file", "third_file", "fourth_file")


class SceneState(StrEnum):
    """How far a scene has come.

    What is PAINTING may be billed by now; of what is DRAWING the pictures are here.
    """

    ASKED = "asked"
    PAINTING = "painting"
    DRAWING = "drawing"
    PAINTED = "painted"
    SHOWN = "shown"
    FAILED = "failed"

    @property
    def is_going(self) -> bool:
        """Whether something is still to come of it."""
        return self in {SceneState.ASKED, SceneState.PAINTING, SceneState.DRAWING}

    @property
    def has_variants(self) -> bool:
        """Whether there is something to choose from."""
        return self in {SceneState.PAINTED, SceneState.SHOWN}


@dataclass(frozen=True, slots=True)
class Scene:
    """One scene; ``view`` is from where it is seen, the ``*_file`` are keys of the file store.

    ``edit_id`` are the words' own row. ``cost_id`` and ``usage_id`` count it. ``taken`` names the
    own background that a variant has become, by the variant's number as text.
    """

    id: int
    seller_id: int
    edit_id: int
    chat_id: int
    thread_id: int | None
    message_id: int
    words: str
    view: str
    key: str
    state: SceneState
    cost_id: int | None
    usage_id: int | None
    first_file: str | None
    second_file: str | None
    third_file: str | None
    fourth_file: str | None
    sizes: Sequence[int]
    sheet_file: str | None
    taken: Mapping[str, int]
    created_at: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "state", SceneState(self.state))
        object.__setattr__(self, "sizes", tuple(self.sizes or ()))
        object.__setattr__(self, "taken", dict(self.taken or {}))

    @property
    def files(self) -> tuple[str, ...]:
        """The variants there are, in their order."""
        named = (self.first_file, self.second_file, self.third_file, self.fourth_file)
        return tuple(file for file in named if file is not None)


async def add(
    connection: AsyncConnection,
    edit: Edit,
    *,
    view: str,
    key: str,
    message_id: int,
    thread_id: int | None,
) -> int:
    """Write a wish down and return its id."""
    result = await connection.execute(
        sa.insert(scenes)
        .values(
            seller_id=edit.seller_id,
            edit_id=edit.id,
            chat_id=edit.chat_id,
            thread_id=thread_id,
            message_id=message_id,
            words=edit.words,
            view=view,
            key=key,
            state=SceneState.ASKED.value,
            created_at=time.time(),
        )
        .returning(scenes.c.id)
    )
    return int(result.scalar_one())


async def get(connection: AsyncConnection, scene_id: int) -> Scene | None:
    """Return a scene by its id."""
    return await one(connection, sa.select(scenes).where(scenes.c.id == scene_id), Scene)


async def of_edit(
    connection: AsyncConnection, edit_id: int, seller_id: int, view: str
) -> Scene | None:
    """Return the newest scene of these words of this seller's that has not failed."""
    query = sa.select(scenes).where(
        scenes.c.edit_id == edit_id,
        scenes.c.seller_id == seller_id,
        scenes.c.view == view,
        scenes.c.state != SceneState.FAILED.value,
    )
    return await one(connection, query.order_by(scenes.c.id.desc()).limit(1), Scene)


async def of_key(connection: AsyncConnection, seller_id: int, key: str) -> Scene | None:
    """Return the seller's newest scene of that key that has variants."""
    having = [state.value for state in SceneState if state.has_variants]
    query = sa.select(scenes).where(
        scenes.c.seller_id == seller_id, scenes.c.key == key, scenes.c.state.in_(having)
    )
    return await one(connection, query.order_by(scenes.c.id.desc()).limit(1), Scene)


async def update(connection: AsyncConnection, scene_id: int, **values: Any) -> None:
    """Change columns of a scene."""
    await connection.execute(sa.update(scenes).where(scenes.c.id == scene_id).values(**values))


def variants(files: Sequence[str], sizes: Sequence[int]) -> dict[str, Any]:
    """Return the columns that hold the variants."""
    named = dict.fromkeys(FILES) | dict(zip(FILES, files, strict=False))
    return {**named, "sizes": list(sizes)}
