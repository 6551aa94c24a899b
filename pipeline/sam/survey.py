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
    from collections.abc import Callable, Iterable

    import onnxruntime as ort
    from numpy.typing import NDArray

    from pipeline.sam import Embedding
    from pipeline.sam.graph import Weights

FEW, MANY = 4, 32
"""Prompts in one run on a CPU, whose caches they must fit into, and on a GPU."""


@dataclass(frozen=True, slots=True)
class _Shared:
    """What prompts share, by name: of all cells, in parts, and of the merged ones."""

    cells: dict[str, list[NDArray[np.float32]]]
    merged: dict[str, NDArray[np.float32]]


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
        given = {
            part_of(name, number): part
            for name in _needed(self._drawer)
            for number, part in enumerate(shared[name])
        }

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
        merged = {part_of(name, 0): shared.merged[name] for name in needed}
        merged[part_of("counts", 1)] = np.ones((1, fovea.FOVEA**2), np.float32)
        logits = [part_of("logits", part) for part in range(len(SKETCHED))]

        def run(some: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
            at = fovea.corner(some)
            given = {
                part_of(name, 1): fovea.window(shared.cells[name], axis_of(name), *at)
                for name in needed
            }
            given |= merged | {part_of("counts", 0): fovea.counts(*at), "points": some}
            coarse, fine, scores = self._sketcher.run([*logits, "scores"], given)
            return fovea.joined(coarse, fine, *at), scores

        return _in_runs(run, fovea.together(points, FEW), self._threads(self._sketcher))

    def _threads(self, session: ort.InferenceSession) -> int:
        return 1 if device_of(session) in GPUS else self._cores

    def _of(self, embedding: Embedding) -> _Shared:
        """Take what is shared, 50 MB for the last picture, or work it out."""
        if embedding not in self._shared:
            self._shared.clear()
            features = embedding.features.reshape(len(embedding.features), -1)
            whole = self._share(features, self._places)
            merged = self._share(fovea.merged(features), fovea.merged(self._places))
            parts = {
                name: [np.ascontiguousarray(part) for part in np.split(value, len(DRAWN), axis)]
                for name, value in whole.items()
                for axis in [axis_of(name)]
            }
            self._shared[embedding] = _Shared(parts, merged)
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


def axis_of(name: str) -> int:
    """Return which of a shared value's dimensions is the cells."""
    return SHARED[name].index(CELLS)


def _needed(session: ort.InferenceSession) -> list[str]:
    """Name the shared values that a session asks for."""
    names = (one.name.split(":")[0] for one in session.get_inputs())
    return [name for name in dict.fromkeys(names) if name in SHARED]
