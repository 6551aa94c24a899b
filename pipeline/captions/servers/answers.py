"""The JSON object in what a model said, whatever stands around it or is a little wrong with it."""

from __future__ import annotations

import ast
import json
import re
from typing import TYPE_CHECKING, Any, Final, TypeVar, get_origin

from pydantic import BaseModel
from pydantic_core import from_json

if TYPE_CHECKING:
    from collections.abc import Iterator

Schema = TypeVar("Schema", bound=BaseModel)

_TRIES: Final = 32
"""Braces at the beginning, and as many at the end, at which an object is looked for."""
_THOUGHTS_END: Final = re.compile(
    r"</(?:think|thinking|thought|thoughts|reasoning|reflection|seed:think)>|\[/THINK\]|◁/think▷|"
    r"<\|channel\|>final<\|message\|>|<channel\|>|<\|end_of_thought\|>",
    re.IGNORECASE,
)
_OBJECT: Final = re.compile(r"\{\s*[\"'}]")
_LAST_COMMA: Final = re.compile(r",(?=\s*[}\]])")
_NOTHING: Final = re.compile(r"(?<=:)\s*(?:None|undefined|NaN)\b")
_BITS_AT_MOST: Final = 64
"""Bits of a whole number at most; a longer one means nothing."""
_EMPTY_WORDS: Final = frozenset({"null", "none", "n/a", "nil", "undefined"})
_REFUSAL_AT_MOST: Final = 800
"""Characters: a longer text without an object is a model that forgot the form."""
_REFUSAL: Final = re.compile(
    r"\b(?:can(?:'|’)?t|can ?not|unable to|won(?:'|’)?t|not able to|not comfortable)\b|"
    r"\bi(?:'|’)?m sorry\b|\bsorry,|\bapologi[sz]e\b|"
    r"\bне (?:могу|буду|стану|в состоянии|имею возможности|люблю менять)\b|"
    r"\b(?:извините|простите|к сожалению)\b",
    re.IGNORECASE,
)


def after_thoughts(said: str) -> str:
    """Return what stands behind the last end of thoughts; all of it where there is none."""
    end = 0
    for match in _THOUGHTS_END.finditer(said):
        end = match.end()
    return said[end:]


def is_refusal(said: str) -> bool:
    """Tell whether a text without an object is the model's "no", in English or Russian."""
    said = after_thoughts(said).strip()
    return 0 < len(said) <= _REFUSAL_AT_MOST and "{" not in said and bool(_REFUSAL.search(said))


def read(said: str, schema: type[Schema], needed: tuple[str, ...]) -> Schema | None:
    """Read the last object that has the fields ``needed``; None where there is none.

    Thoughts, fences and texts around it are passed over, and so are raw line breaks in strings, a
    comma too many, a missing last brace. A null is nothing; a text stands for a list of its lines.
    Takes milliseconds: some sixty tries of a text of 20,000 characters at most.
    """
    said = said.encode("utf-8", "ignore").decode()  # no half of a pair
    for text in dict.fromkeys((after_thoughts(said), said)):
        for found in (_whole(text), _mended(text), _unclosed(text, schema)):
            for data in reversed(list(found)):
                if (one := _fitting(data, needed)) is not None:
                    return schema.model_validate(_coerced(one, schema))
    return None


def is_whole(said: str) -> bool:
    """Tell whether the text ends with a whole object, as an answer that was not cut off does."""
    return next(_whole(after_thoughts(said)), None) is not None and said.rstrip("`\n ")[-1:] == "}"


def _whole(said: str) -> Iterator[Any]:
    """Give the values that parse as they stand, but for raw line breaks in their strings."""
    decoder = json.JSONDecoder(strict=False)
    starts = [match.start() for match in _OBJECT.finditer(said)]
    if said.lstrip()[:1] in {'"', "["}:  # an object within a string, or in a list
        starts.insert(0, len(said) - len(said.lstrip()))
    end = 0
    for start in starts if len(starts) <= 2 * _TRIES else starts[:_TRIES] + starts[-_TRIES:]:
        if start < end:
            continue
        try:
            value, end = decoder.raw_decode(said, start)
        except (ValueError, RecursionError):
            continue
        yield value


def _mended(said: str) -> Iterator[Any]:
    """Give the object from the first brace to the last one, with small faults put right."""
    text = said[said.find("{") : said.rfind("}") + 1]
    if not text:
        return
    tidied = _NOTHING.sub(" null", _LAST_COMMA.sub("", text))
    try:
        yield json.loads(tidied, strict=False)
    except (ValueError, RecursionError):
        try:  # Python's own way to write it
            yield ast.literal_eval(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            return


def _unclosed(said: str, schema: type[BaseModel]) -> Iterator[Any]:
    """Give an object whose last braces are missing, where every field of the schema is there."""
    start = said.find("{")
    if start < 0:
        return
    try:
        value = from_json(said[start:].rstrip("` \n"), allow_partial=True)
    except ValueError:
        return
    if isinstance(value, dict) and _folded(value).keys() >= {_fold(n) for n in schema.model_fields}:
        yield value


def _fitting(data: Any, needed: tuple[str, ...], depth: int = 0) -> dict[str, Any] | None:
    """Find the object that has what is needed: this one, or one wrapped in it."""
    if depth > 2:  # noqa: PLR2004 - {"result": [{...}]} is the deepest wrapping seen
        return None
    if isinstance(data, str) and "{" in data:
        return next((one for value in _whole(data)
                     if (one := _fitting(value, needed, depth + 1)) is not None), None)  # fmt: skip
    if isinstance(data, dict):
        folded = _folded(data)
        if all(_is_value(folded.get(_fold(name), ...)) for name in needed):
            return folded
        values = list(data.values())
    else:
        values = data if isinstance(data, list) else []
    inner = (_fitting(value, needed, depth + 1) for value in values[:20])
    return next((one for one in inner if one is not None), None)


def _is_value(value: Any) -> bool:
    """Tell a value from a piece of a schema, which some models repeat in place of an answer."""
    return value is not ... and not isinstance(value, dict)


def _fold(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()


def _folded(data: dict[Any, Any]) -> dict[str, Any]:
    """Fold the keys, so that ``callToAction`` and ``Call to action`` are the field's name."""
    return {_fold(str(key)): value for key, value in data.items()}


def _coerced(data: dict[str, Any], schema: type[BaseModel]) -> dict[str, Any]:
    """Make each field's value of what stands there, by the type that the schema has."""
    made: dict[str, Any] = {}
    for name, field in schema.model_fields.items():
        value = data.get(_fold(name))
        kind = field.annotation
        if get_origin(kind) is tuple:
            made[name] = _texts(value)
        elif isinstance(kind, type) and issubclass(kind, BaseModel):
            inner = _folded(value) if isinstance(value, dict) else {}
            made[name] = _coerced(inner, kind)
        else:
            made[name] = _text(value)
    return made


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return "\n".join(filter(None, map(_text, value[:50])))
    if isinstance(value, int) and value.bit_length() > _BITS_AT_MOST:
        return ""  # Python writes none of over 4,300 digits
    text = str(value).encode("utf-8", "ignore").decode().replace("\t", " ")  # no half of a pair
    return "" if text.strip().lower() in _EMPTY_WORDS else text


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, dict):
        value = list(value.values())
    lines = value if isinstance(value, list) else _text(value).splitlines()
    return tuple(filter(None, (_text(line).strip() for line in lines[:100])))
