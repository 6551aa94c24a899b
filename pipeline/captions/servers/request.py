"""A question as the body of a chat completions request."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pipeline.captions.chat import Role, Turn
from pipeline.captions.servers.capabilities import AnswerForm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import BaseModel

    from pipeline.captions.servers.capabilities import Capabilities


def body_of(
    model: str,
    turns: Sequence[Turn],
    schema: type[BaseModel],
    takes: Capabilities,
    temperature: float | None,
) -> dict[str, Any]:
    """Build the body for a server that ``takes`` so much."""
    turns = turns if takes.system else _without_system(turns)
    body: dict[str, Any] = {
        "model": model,
        "messages": [_message(turn, detail=takes.detail) for turn in turns],
    }
    if takes.form is AnswerForm.SCHEMA:
        body["response_format"] = _strict(schema)
    elif takes.form is AnswerForm.OBJECT:
        body["response_format"] = {"type": "json_object"}
    if takes.limit is not None:
        body[takes.limit] = takes.answer_tokens
    if takes.efforts:
        body["reasoning_effort"] = takes.efforts[0]
    if temperature is not None and takes.temperature:
        body["temperature"] = temperature
    return body


def _without_system(turns: Sequence[Turn]) -> list[Turn]:
    """Put the system's words before the user's, for templates that know no system."""
    system = "\n\n".join(turn.text for turn in turns if turn.role is Role.SYSTEM)
    first, *rest = [turn for turn in turns if turn.role is not Role.SYSTEM]
    return [replace(first, text=f"{system}\n\n{first.text}"), *rest]


def _message(turn: Turn, *, detail: bool) -> dict[str, Any]:
    if turn.picture is None:
        return {"role": turn.role.value, "content": turn.text}
    encoded = base64.b64encode(turn.picture).decode("ascii")
    picture = {"url": f"data:image/jpeg;base64,{encoded}"}
    if detail:
        picture["detail"] = "high" if turn.is_fine else "low"
    return {
        "role": turn.role.value,
        "content": [
            {"type": "text", "text": turn.text},
            {"type": "image_url", "image_url": picture},
        ],
    }


def _strict(schema: type[BaseModel]) -> dict[str, Any]:
    return {
        "type": "json_schema",
        "json_schema": {
            "name": schema.__name__.lower(),
            "schema": schema.model_json_schema(),
            "strict": True,
        },
    }
