"""What a server's refusal is about: a parameter of the request, the model, the picture."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from pipeline.captions.servers.capabilities import Parameter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.captions.servers.capabilities import Capabilities

_NAMES_PARAMETERS: Final = frozenset({400, 404, 415, 422, 500, 501})
_NEVER_OF_THE_MODEL: Final = frozenset({401, 408, 409, 429})
_READ_AT_MOST: Final = 4000
"""Characters of a refusal that are read; quotations of the whole request may follow."""
_DEEPEST: Final = 8
_ASIDE: Final = frozenset({"input", "url", "type", "object", "ctx"})
"""Keys of an error whose values say nothing of what was refused, or quote the request."""

_BY_NAME: Final = {
    "response_format": Parameter.FORM,
    "json_schema": Parameter.FORM,
    "text.format": Parameter.FORM,
    "guided_json": Parameter.FORM,
    "max_completion_tokens": Parameter.COMPLETION_TOKENS,
    "max_tokens": Parameter.TOKENS,
    "reasoning_effort": Parameter.EFFORT,
    "temperature": Parameter.TEMPERATURE,
    "detail": Parameter.DETAIL,
    "stream_options": Parameter.STREAM_OPTIONS,
    "include_usage": Parameter.STREAM_OPTIONS,
    "stream": Parameter.STREAM,
    "role": Parameter.SYSTEM,
}
_NO: Final = r"(?:not|n't|un|in)[\w ]{0,12}(?:support|permit|allow|recogni|known|valid|accept)"
_WORDS: Final = {
    Parameter.FORM: (
        r"response_?format|json_?schema|json_?object|json[ _]mode|structured[ _]outputs?|"
        r"\bguided_|\bgrammar\b|\bstrict\b"
    ),
    Parameter.COMPLETION_TOKENS: r"max_completion_tokens",
    Parameter.TOKENS: r"max_tokens|max_new_tokens|max_output_tokens",
    Parameter.EFFORT: r"reasoning[_ .]effort|\bthinking\b",
    Parameter.TEMPERATURE: r"\btemperature\b",
    Parameter.DETAIL: (
        r"image_url\W{0,4}\bdetail\b|['\"`]detail['\"`](?!\s*:)|"
        rf"\bdetail\b[^.]{{0,30}}{_NO}|{_NO}[^.]{{0,30}}\bdetail\b"
    ),
    Parameter.STREAM_OPTIONS: r"stream_options|include_usage",
    Parameter.STREAM: (rf"\bstream(?:ing)?\b(?!_)[^.]{{0,30}}{_NO}|{_NO}[^.]{{0,20}}\bstreaming\b"),
    Parameter.SYSTEM: (
        rf"system (?:role|message|prompt)s?\b[^.]{{0,30}}{_NO}|roles must alternate|"
        rf"{_NO}[^.]{{0,20}}\bsystem (?:role|message|prompt)|only user and assistant"
    ),
}
_BY_WORDS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), parameter) for parameter, pattern in _WORDS.items()
)
_MODEL_CODES: Final = frozenset(
    {"model_not_found", "deploymentnotfound", "invalid_model", "model_deprecated",
     "model_decommissioned", "unknown_model"}
)  # fmt: skip
_MODEL: Final = re.compile(
    r"\bmodel\b[^\n]{0,120}?(?:not found|not exist|n't exist|no longer|deprecated|retired|"
    r"decommissioned|has been shut ?down)|\bmodel not exist|"
    r"(?:unknown|invalid|no such) model\b|not a valid model|model_not_found",
    re.IGNORECASE,
)
_SOME: Final = re.compile(r"requested parameters|unsupported parameter", re.IGNORECASE)
_PICTURE: Final = re.compile(
    r"\b(?:images?|vision|multi-?modal\w{0,5}|pictures?)\b[^\n]{0,60}" + _NO +
    r"|not a multi-?modal|support(?:s|ing)? (?:image|vision)|unknown variant .?image_url|"
    r"content part type[^\n]{0,10}image_url|mmproj|only support\w{0,3} text",
    re.IGNORECASE,
)  # fmt: skip


class RefusedError(Exception):
    """A server's answer that is an error: its HTTP status, its code, what it says.

    It stays within the provider, which tries again with less or raises a `CaptionError`.
    """

    def __init__(self, status: int, body: object, code: str = "") -> None:
        super().__init__(status)
        self.status = status
        self.body = body
        self.code = code

    @property
    def names_model(self) -> bool:
        """Whether its code says that the server does not have the model."""
        return self.code.lower() in _MODEL_CODES

    @property
    def is_of_the_model(self) -> bool:
        """Whether the server does not have the model, or no longer."""
        if self.status in _NEVER_OF_THE_MODEL:
            return False
        return self.names_model or any(_MODEL.search(text) for text in _texts(self.body))

    @property
    def is_of_some_parameter(self) -> bool:
        """Whether it speaks of parameters and names none."""
        return any(_SOME.search(text) for text in _texts(self.body))

    @property
    def is_of_the_picture(self) -> bool:
        """Whether the model takes no pictures at all."""
        return any(_PICTURE.search(text) for text in _texts(self.body))

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters that it names, by their place in the request or, failing that, in words.

        Some servers speak of ``max_tokens`` where they were sent ``max_completion_tokens``: both
        are given then.
        """
        found = dict.fromkeys(
            _BY_NAME[part] for place in _places(self.body) for part in place if part in _BY_NAME
        )
        if not found:
            texts = tuple(_texts(self.body))
            found = dict.fromkeys(
                parameter
                for pattern, parameter in _BY_WORDS
                if any(pattern.search(text) for text in texts)
            )
        if {Parameter.TOKENS, Parameter.COMPLETION_TOKENS} & found.keys():
            found |= dict.fromkeys((Parameter.TOKENS, Parameter.COMPLETION_TOKENS))
        return tuple(found)


def lesser_than(takes: Capabilities, refused: RefusedError) -> Capabilities | None:
    """Give the request without what is refused; None where nothing of that is in it."""
    if refused.status not in _NAMES_PARAMETERS or refused.is_of_the_picture or refused.names_model:
        return None
    lesser = takes
    limits = {Parameter.TOKENS, Parameter.COMPLETION_TOKENS}
    for parameter in refused.parameters:
        # Of the two limits only the one that was sent is left out.
        if parameter not in limits or parameter.value == takes.limit:
            lesser = lesser.without(parameter)
    return None if lesser == takes else lesser


def _walk(body: object, depth: int = 0) -> Iterator[Mapping[str, object] | str]:
    """Give all objects and texts of an error, those too that stand as JSON in a text."""
    if depth > _DEEPEST:
        return
    if isinstance(body, str):
        yield body[:_READ_AT_MOST]
        if body.lstrip()[:1] in {"{", "["} and len(body) <= _READ_AT_MOST:
            try:
                inner = json.loads(body)
            except (ValueError, RecursionError):
                return
            yield from _walk(inner, depth + 1)
    elif isinstance(body, Mapping):
        yield body
        for key, value in body.items():
            if key not in _ASIDE:
                yield from _walk(value, depth + 1)
    elif isinstance(body, list):
        for value in body[:20]:
            yield from _walk(value, depth + 1)


def _texts(body: object) -> Iterator[str]:
    return (one for one in _walk(body) if isinstance(one, str))


def _places(body: object) -> Iterator[tuple[str, ...]]:
    """Give each place in the request that an error names, by ``param`` or by pydantic's ``loc``."""
    for one in _walk(body):
        if isinstance(one, str):
            continue
        param, loc = one.get("param"), one.get("loc")
        if isinstance(param, str):
            yield tuple(re.split(r"[.\[\]]+", param[:200]))
        if isinstance(loc, list):
            yield tuple(part for part in loc[:20] if isinstance(part, str))
