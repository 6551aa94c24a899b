"""The answer of a chat completions server, in whichever of the shapes that such servers have."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pipeline.captions.chat import SAID_AT_MOST, UNKNOWN_USAGE, Finish, Reply, Usage
from pipeline.captions.servers.answers import is_whole
from pipeline.captions.servers.events import events_of

REFUSALS: Final = frozenset(
    {"content_filter", "content_policy_violation", "moderation_blocked", "safety", "refusal",
     "responsibleaipolicyviolation", "data_inspection_failed", "recitation", "prohibited_content",
     "sensitive", "blocklist", "image_safety"}
)  # fmt: skip
"""Codes of errors and reasons to end, in lower case, with which a provider will not describe."""
_CUT_OFF: Final = frozenset({"length", "max_tokens", "max_output_tokens", "model_length"})
_TEXTS: Final = frozenset({"text", "output_text", "input_text", ""})
_THOUGHTS: Final = ("reasoning_content", "reasoning", "thinking", "thoughts")
_FAILED: Final = frozenset({"error"})


class ErrorInBodyError(ValueError):
    """A body with the status of an answer that is an error. ``body`` is what it says."""

    def __init__(self, body: object) -> None:
        super().__init__("the answer is an error")
        self.body = body


@dataclass(slots=True)
class Gathered:
    """A message as far as it has come: of a stream piece by piece, or all at once.

    ``thoughts`` are the model's to itself; where it says nothing else, they hold the answer.
    ``arguments`` are of a tool that some gateways make of a schema.
    """

    content: str = ""
    thoughts: str = ""
    arguments: str = ""
    refused: bool = False
    reason: str | None = None
    usage: Usage = field(default_factory=lambda: UNKNOWN_USAGE)

    def add(self, body: Mapping[str, Any]) -> bool:
        """Add a whole completion or an event of a stream; tell whether the content has grown.

        Raises ErrorInBodyError where it is an error.
        """
        if (usage := usage_of(body.get("usage"))).known:
            self.usage = usage
        choices = body.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        if body.get("error") and choice is None:
            raise ErrorInBodyError(body["error"])
        if not isinstance(choice, Mapping):
            return False
        if choice.get("error") and not self.content:
            raise ErrorInBodyError(choice["error"])
        reason = choice.get("finish_reason")
        self.reason = reason if isinstance(reason, str) and reason else self.reason
        message = choice.get("message") or choice.get("delta")
        message = message if isinstance(message, Mapping) else {"content": choice.get("text")}
        return self._add_message(message)

    def _add_message(self, message: Mapping[str, Any]) -> bool:
        content, refused = _content_of(message.get("content"))
        self.refused |= refused or bool(message.get("refusal"))
        self.content += content[: max(SAID_AT_MOST + 1 - len(self.content), 0)]
        for name in _THOUGHTS:
            thought = message.get(name)
            if isinstance(thought, str):
                self.thoughts += thought[: max(SAID_AT_MOST - len(self.thoughts), 0)]
                break
        calls = message.get("tool_calls")
        call = calls[0] if isinstance(calls, list) and calls else {}
        for one in (call.get("function") if isinstance(call, Mapping) else None,
                    message.get("function_call")):  # fmt: skip
            arguments = one.get("arguments") if isinstance(one, Mapping) else None
            if isinstance(arguments, Mapping):
                arguments = json.dumps(arguments, ensure_ascii=False)
            if isinstance(arguments, str):
                self.arguments += arguments[: max(SAID_AT_MOST - len(self.arguments), 0)]
        return bool(content)

    @property
    def said(self) -> str:
        """What the model said; surrogates that stand alone cannot be sent back, nor kept."""
        said = self.content
        if not said.strip():
            said = self.arguments or (self.thoughts if "{" in self.thoughts else said)
        return said.encode("utf-8", "ignore").decode()

    @property
    def reply(self) -> Reply:
        """The same as a value of ours."""
        if self.refused and not self.said.strip():
            return Reply("", Finish.REFUSED, self.usage)
        finish = finish_of(self.reason)
        if finish is Finish.REFUSED and "{" not in self.said:
            return Reply("", Finish.REFUSED, self.usage)
        if len(self.content) > SAID_AT_MOST:
            finish = Finish.CUT_OFF
        return Reply(self.said[:SAID_AT_MOST], finish, self.usage)


def read(body: bytes) -> Gathered:
    """Read a completion that came in one piece, or as a stream that nobody asked for.

    Raises ErrorInBodyError for an error, ValueError where it is neither.
    """
    gathered = Gathered()
    text = body.decode("utf-8-sig", "replace").strip()
    try:
        whole = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        bodies: Iterable[Mapping[str, Any]] = list(events_of(body))
    else:
        # A gateway in front of some servers wraps the answer in a list.
        whole = whole[0] if isinstance(whole, list) and whole else whole
        bodies = [whole] if isinstance(whole, Mapping) else []
    has_choice = False
    for one in bodies:
        try:
            gathered.add(one)
        except ErrorInBodyError:
            if not is_whole(gathered.said):
                raise
        choices = one.get("choices")
        has_choice |= isinstance(choices, list) and any(isinstance(c, Mapping) for c in choices)
    if not has_choice:
        raise NoCompletionError(gathered.usage)
    return gathered


class NoCompletionError(ValueError):
    """A body that is no completion. ``usage`` is billed all the same, where it is told."""

    def __init__(self, usage: Usage) -> None:
        super().__init__("the answer is no chat completion")
        self.usage = usage


def usage_of(value: object) -> Usage:
    """Read what is billed; `UNKNOWN_USAGE` where the counts are missing or null."""
    if not isinstance(value, Mapping):
        return UNKNOWN_USAGE
    tokens_in = _count(value, "prompt_tokens", "input_tokens")
    tokens_out = _count(value, "completion_tokens", "output_tokens")
    if tokens_in is None and tokens_out is None:
        return UNKNOWN_USAGE
    details = value.get("prompt_tokens_details") or value.get("input_tokens_details")
    cached = _count(details, "cached_tokens") if isinstance(details, Mapping) else None
    if cached is None:
        cached = _count(value, "prompt_cache_hit_tokens", "cached_tokens") or 0
    return Usage(tokens_in or 0, min(cached, tokens_in or 0), tokens_out or 0)


def finish_of(reason: str | None) -> Finish:
    """Translate a provider's reason; some give none at all."""
    reason = (reason or "").lower()
    if reason in REFUSALS:
        return Finish.REFUSED
    return Finish.CUT_OFF if reason in _CUT_OFF | _FAILED else Finish.DONE


def _content_of(content: object) -> tuple[str, bool]:
    """Give the text of a message's content, and whether a part of it is a refusal."""
    if isinstance(content, str):
        return content, False
    if isinstance(content, Mapping):
        kind = content.get("type")
        if isinstance(kind, str) and kind not in _TEXTS:
            return "", kind == "refusal"
        text = content.get("text")
        if isinstance(text, Mapping):
            text = text.get("value")
        if isinstance(text, str):
            return text, False
        # An object that the server has parsed already.
        return ("" if kind else json.dumps(content, ensure_ascii=False)), False
    if isinstance(content, list):
        parts = [_content_of(part) for part in content]
        return "".join(text for text, _ in parts), any(refused for _, refused in parts)
    return "", False


def _count(value: Mapping[str, Any], *names: str) -> int | None:
    """Return the first count; counts come as whole numbers, as 12.0 and as "12"."""
    for name in names:
        count = value.get(name)
        if isinstance(count, str) and count.isdecimal() and len(count) < 12:  # noqa: PLR2004 - a count
            count = int(count)
        if isinstance(count, int | float) and 0 <= count < 1e9:  # noqa: PLR2004 - a billion tokens
            return int(count)
    return None
