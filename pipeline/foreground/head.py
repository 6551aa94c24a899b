"""The foreground head: a small network that reads "this is the product" off SAM's embedding.

It sees only the embedding, so it costs a fraction of the encoder's time and needs no second look
at the picture. ``weights/foreground-head.md`` tells what it was taught and how well it does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from pipeline.errors import WeightsError
from pipeline.foreground.session import open_session
from pipeline.sam import GRID

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from pipeline.sam import Embedding


class Head:
    """One loaded head. Raises WeightsError where its file is missing or is no foreground head."""

    def __init__(self, path: Path, *, threads: int = 0) -> None:
        """Load the network; ``threads`` 0 leaves their number to ONNX Runtime."""
        self._session = open_session(path, name="foreground head", threads=threads)
        if {value.name for value in self._session.get_inputs()} != {"embedding", "place"}:
            raise WeightsError(f"{path} is no foreground head")
        # A photo's map is asked for by the check for a product, by the choice, by boxes and parts.
        self._seen: WeakKeyDictionary[Embedding, NDArray[np.float32]] = WeakKeyDictionary()

    def __call__(self, embedding: Embedding) -> NDArray[np.float32]:
        """Return (256, 256) float32 logits over the padded square, above 0 on the product.

        They are read-only, and kept as long as the embedding is.
        """
        known = self._seen.get(embedding)
        if known is not None:
            return known
        logits: NDArray[np.float32] = self._session.run(
            None,
            {
                "embedding": embedding.features[None],
                "place": coordinate_channels(*embedding.valid(GRID))[None],
            },
        )[0][0, 0]
        logits.setflags(write=False)
        self._seen[embedding] = logits
        return logits


def coordinate_channels(rows: int, columns: int) -> NDArray[np.float32]:
    """Tell each cell where in the picture it lies, which the embedding does not say.

    Returns (3, 64, 64) float32: the distance from the picture's middle to the left or right, then
    up or down, both 0 in the middle and 1 at the border; and 1 where the picture fills the square.
    Outside the picture all are 0.
    """
    planes = np.zeros((3, GRID, GRID), np.float32)
    planes[0, :rows, :columns] = np.abs((np.arange(columns) + 0.5) / columns * 2 - 1)[None]
    planes[1, :rows, :columns] = np.abs((np.arange(rows) + 0.5) / rows * 2 - 1)[:, None]
    planes[2, :rows, :columns] = 1
    return planes
