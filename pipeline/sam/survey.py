"""Many prompts on one picture, through `pipeline/sam/lowrank.py`: what they share is kept."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from pipeline.sam.cells import part_of
from pipeline.sam.lowrank import build_lowrank
from pipeline.sam.session import GPUS, device_of, open_session
from pipeline.sam.shared import PARTS, SHARED, build_shared

if TYPE_CHECKING:
    import onnxruntime as ort
    from numpy.typing import NDArray

    from pipeline.sam import Embedding
    from pipeline.sam.graph import Weights

FEW, MANY = 4, 32
"""Prompts in one run on a CPU, whose caches they must fit into, and on a GPU."""


class Survey:
    """One decoder's sessions, built when first asked. On a CPU each thread runs its own prompts."""

    def __init__(
        self, weights: Weights, *, name: str, device: str | None = None, threads: int = 0
    ) -> None:
        """Keep what the graphs are built of; ``threads`` 0 is one per core."""
        self._weights = weights
        self._open = partial(open_session, name=name, device=device)
        self._cores = threads or os.cpu_count() or 1
        self._shared: WeakKeyDictionary[Embedding, dict[str, NDArray[np.float32]]]
        self._shared = WeakKeyDictionary()

    def knows(self, embedding: Embedding) -> bool:
        """Tell whether the picture was the last one asked about."""
        return embedding in self._shared

    def answer(
        self, embedding: Embedding, points: NDArray[np.float32], *, sketch: bool
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Answer (N, P, 3) points of one kind: logits (N, 4, 256, 256), of a sketch 64, scores."""
        session = self._sketcher if sketch else self._drawer
        needed = {one.name for one in session.get_inputs()}
        shared = {name: part for name, part in self._of(embedding).items() if name in needed}
        on_gpu = device_of(session) in GPUS
        most = MANY if on_gpu else min(FEW, -(-len(points) // self._cores))

        def run(start: int) -> list[NDArray[np.float32]]:
            given = {**shared, "points": points[start : start + most]}
            answers: list[NDArray[np.float32]] = session.run(["logits", "scores"], given)
            return answers

        with ThreadPoolExecutor(1 if on_gpu else self._cores) as threads:
            found = list(threads.map(run, range(0, len(points), most)))
        logits, scores = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return logits, scores

    def _of(self, embedding: Embedding) -> dict[str, NDArray[np.float32]]:
        """Take what is shared, 35 MB for the last picture, or work it out."""
        if embedding not in self._shared:
            self._shared.clear()
            values = self._sharer.run(list(SHARED), {"embedding": embedding.features[None]})
            self._shared[embedding] = {
                part_of(name, part): value[part]
                for name, value in zip(SHARED, values, strict=True)
                for part in range(PARTS)
            }
        return self._shared[embedding]

    @cached_property
    def _sharer(self) -> ort.InferenceSession:
        return self._open(build_shared(self._weights), threads=self._cores)

    @cached_property
    def _sketcher(self) -> ort.InferenceSession:
        return self._open(build_lowrank(self._weights, sketch=True), threads=1)

    @cached_property
    def _drawer(self) -> ort.InferenceSession:
        return self._open(build_lowrank(self._weights, sketch=False), threads=1)
