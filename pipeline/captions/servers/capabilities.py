"""What a server and its model take of a request, and how to ask for less where one refuses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, Literal, TypeAlias


class AnswerForm(StrEnum):
    """What holds an answer to its fields, the strictest first; the prompt names them always."""

    SCHEMA = "json_schema"
    OBJECT = "json_object"
    WORDS = "words"


class Parameter(StrEnum):
    """A part of the request that some server refuses."""

    FORM = "response_format"
    COMPLETION_TOKENS = "max_completion_tokens"
    TOKENS = "max_tokens"
    EFFORT = "reasoning_effort"
    TEMPERATURE = "temperature"
    DETAIL = "detail"
    STREAM_OPTIONS = "stream_options"
    STREAM = "stream"
    SYSTEM = "system"


Limit: TypeAlias = Literal["max_completion_tokens", "max_tokens"]

ANSWER_TOKENS: Final = 3000
"""A caption takes some 400; the rest is for models that think before they write."""
MORE_TOKENS: Final = 12_000
"""Once a model has spent all of `ANSWER_TOKENS` on thoughts."""
_FORMS: Final = tuple(AnswerForm)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What is sent to a server.

    ``limit`` is the parameter that bounds the answer to ``answer_tokens``, None where it takes
    neither; ``refused_limits`` are those it is known to refuse. ``efforts`` are the values of
    ``reasoning_effort`` that are still worth a try, of which the first is sent. ``temperature``,
    ``detail``, ``stream_options``, ``stream`` and ``system`` tell whether that may be sent.
    """

    form: AnswerForm = AnswerForm.SCHEMA
    limit: Limit | None = "max_completion_tokens"
    refused_limits: tuple[str, ...] = ()
    answer_tokens: int = ANSWER_TOKENS
    efforts: tuple[str, ...] = ()
    temperature: bool = True
    detail: bool = True
    stream_options: bool = True
    stream: bool = True
    system: bool = True

    @property
    def plainest(self) -> Capabilities:
        """Give what every server takes, for one that refuses without a reason."""
        return replace(
            self, form=AnswerForm.WORDS, limit="max_tokens", efforts=(), temperature=False,
            detail=False, stream_options=False,
        )  # fmt: skip

    def without(self, parameter: Parameter) -> Capabilities:
        """Give the next lesser request; the same one where the parameter is not in it."""
        match parameter:
            case Parameter.FORM:
                lower = _FORMS[min(_FORMS.index(self.form) + 1, len(_FORMS) - 1)]
                return replace(self, form=lower)
            case Parameter.COMPLETION_TOKENS | Parameter.TOKENS:
                return self._without_limit(parameter)
            case Parameter.EFFORT:
                return replace(self, efforts=self.efforts[1:])
            case _:
                left_out: dict[str, Any] = {parameter.value: False}
                return replace(self, **left_out)

    @property
    def roomier(self) -> Capabilities:
        """Give a request with room for thoughts and an answer; the same where there is no more."""
        return replace(self, answer_tokens=max(self.answer_tokens, MORE_TOKENS))

    def _without_limit(self, parameter: Parameter) -> Capabilities:
        if self.limit != parameter:
            return self
        refused = (*self.refused_limits, self.limit)
        other: Limit = "max_tokens" if self.limit != "max_tokens" else "max_completion_tokens"
        return replace(self, limit=None if other in refused else other, refused_limits=refused)
