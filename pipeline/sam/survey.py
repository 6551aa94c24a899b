"""Many prompts on one picture, through `pipeline/sam/lowrank.py`: what they share is kept."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from pipeline.sam import fovea
from pipeline.sam.blocks import Blocks
from pipeline.sam.graph import part_of
from pipeline.sam.lowrank import DRAWN, SKETCHED, build_lowrank
from pipeline.sam.session import GPUS, device_of, open_session
from pipeline.sam.shared import CELLS, SHARED, build_shared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import onnxruntime as ort
    from numpy.typing import NDArray

    from pipeline.sam import Embedding
    from pipeline.sam.graph import Weights

FEW, MANY = 4, 32
"""Prompts drawn in one run on a CPU, whose caches they must fit into, and on a GPU."""
NEAR = 8
"""Prompts sketched in one run."""


@dataclass(frozen=True, slots=True)
class _Shared:
    """What prompts share, by name, in parts: of all cells, and of the merged ones."""

    cells: dict[str, list[NDArray[np.float32]]]
    merged: dict[str, list[NDArray[np.float32]]]


class Survey:
    """One decoder's sessions, built when first asked. On a CPU each thread runs its own prompts.

    Points (N, P, 3) are all of one kind.
    """

    def __init__(
        self, weights: Weights, *, name: str, device: str | None = None, threads: int = 0
    ) -> None:
        """Keep what the graphs are built of; ``threads`` 0 is one per core."""
        self._weights = weights
        self._open = partial(open_session, name=name, device=device)
        self._cores = threads or os.cpu_count() or 1
        self._shared: WeakKeyDictionary[Embedding, _Shared] = WeakKeyDictionary()

    def knows(self, embedding: Embedding) -> bool:
        """Tell whether the picture was the last one asked about."""
        return embedding in self._shared

    def draw(
        self, embedding: Embedding, points: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Answer: logits (N, 4, 256, 256), scores (N, 4)."""
        shared = self._of(embedding).cells
        given = _by_part(_needed(self._drawer), shared)

        def run(some: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
            logits, scores = self._drawer.run(["logits", "scores"], {**given, "points": some})
            return logits, scores

        threads = self._threads(self._drawer)
        most = MANY if device_of(self._drawer) in GPUS else FEW
        size = min(most, -(-len(points) // threads))
        runs = (points[start : start + size] for start in range(0, len(points), size))
        return _in_runs(run, runs, threads)

    def sketch(
        self, embedding: Embedding, points: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Answer roughly: logits (N, 4, 64, 64), scores (N, 4). Neighbours in a row are faster."""
        shared = self._of(embedding)
        needed = _needed(self._sketcher)
        merged = _by_part(needed, shared.merged)
        last = len(SKETCHED) - 1
        outputs = [*(part_of("logits", part) for part in range(len(SKETCHED))), "scores"]

        def run(some: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
            at = fovea.corner(some)
            window = {
                part_of(name, last): fovea.window(shared.cells[name], axis_of(name), *at)
                for name in needed
            }
            whole = fovea.counts(*at), np.ones((1, fovea.FOVEA**2), np.float32)
            counts = [*np.split(whole[0], last, axis=1), whole[1]]
            given = merged | window | _by_part(["counts"], {"counts": counts}) | {"points": some}
            *coarse, fine, scores = self._sketcher.run(outputs, given)
            return fovea.joined(coarse, fine, *at), scores

        return _in_runs(run, fovea.together(points, NEAR), self._threads(self._sketcher))

    def _threads(self, session: ort.InferenceSession) -> int:
        return 1 if device_of(session) in GPUS else self._cores

    def _of(self, embedding: Embedding) -> _Shared:
        """Take what is shared, 50 MB for the last picture, or work it out."""
        if embedding not in self._shared:
            self._shared.clear()
            features = embedding.features.reshape(len(embedding.features), -1)
            whole = self._share(features, self._places)
            merged = self._share(fovea.merged(features), fovea.merged(self._places))
            parts = len(DRAWN), len(SKETCHED) - 1
            self._shared[embedding] = _Shared(_parted(whole, parts[0]), _parted(merged, parts[1]))
        return self._shared[embedding]

    def _share(
        self, features: NDArray[np.float32], places: NDArray[np.float32]
    ) -> dict[str, NDArray[np.float32]]:
        """Work out what is shared of (256, C) cells at (256, C) places."""
        given = {"embedding": features[None], "places": places.T[None]}
        return dict(zip(SHARED, self._sharer.run(list(SHARED), given), strict=True))

    @cached_property
    def _places(self) -> NDArray[np.float32]:
        return Blocks(self._weights).places().T

    @cached_property
    def _sharer(self) -> ort.InferenceSession:
        return self._open(build_shared(self._weights), threads=self._cores)

    @cached_property
    def _sketcher(self) -> ort.InferenceSession:
        return self._open(build_lowrank(self._weights, sketch=True), threads=1)

    @cached_property
    def _drawer(self) -> ort.InferenceSession:
        return self._open(build_lowrank(self._weights, sketch=False), threads=1)


def _in_runs(
    run: Callable[[NDArray[np.float32]], tuple[NDArray[np.float32], NDArray[np.float32]]],
    points: Iterable[NDArray[np.float32]],
    threads: int,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    with ThreadPoolExecutor(threads) as pool:
        found = list(pool.map(run, points))
    logits, scores = (np.concatenate(answers) for answers in zip(*found, strict=True))
    return logits, scores


def _parted(
    shared: dict[str, NDArray[np.float32]], parts: int
) -> dict[str, list[NDArray[np.float32]]]:
    """Part the cells, each part contiguous."""
    return {
        name: [np.ascontiguousarray(part) for part in np.split(value, parts, axis_of(name))]
        for name, value in shared.items()
    }


def _by_part(
    names: Iterable[str], shared: Mapping[str, list[NDArray[np.float32]]]
) -> dict[str, NDArray[np.float32]]:
    """Give the parts as inputs."""
    return {part_of(name, part): one for name in names for part, one in enumerate(shared[name])}


def axis_of(name: str) -> int:
    """Return which of a shared value's dimensions is the cells."""
    return SHARED[name].index(CELLS)


def _needed(session: ort.InferenceSession) -> list[str]:
    """Name the shared values that a session asks for."""
    names = (one.name.split(":")[0] for one in session.get_inputs())
    return [name for name in dict.fromkeys(names) if name in SHARED]
