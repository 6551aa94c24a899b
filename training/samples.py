"""Training samples on disk: an embedding and its label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.sam import Embedding
from training.teacher import Label

if TYPE_CHECKING:
    from pathlib import Path

    from training.sources import Split


@dataclass(frozen=True, slots=True)
class Sample:
    """An embedding and its label in ``folder``; ``kind`` and ``item`` are as in its Source."""

    folder: Path
    key: str
    kind: str
    item: str
    split: Split

    @property
    def encoded(self) -> bool:
        """Whether the embedding is there."""
        return self._embedding.exists()

    @property
    def labelled(self) -> bool:
        """Whether the label is there."""
        return self._label.exists()

    def embedding(self) -> Embedding:
        """Read the embedding, kept as float16."""
        with np.load(self._embedding) as kept:
            width, height = kept["size"]
            return Embedding(kept["features"].astype(np.float32), int(width), int(height))

    def label(self) -> Label:
        """Read the label."""
        with np.load(self._label) as kept:
            return Label(kept["product"], kept["known"], float(kept["sureness"]))

    def keep_embedding(self, embedding: Embedding) -> None:
        """Write the embedding; the file has its name only once it is whole."""
        part = self._embedding.with_suffix(".part.npz")
        np.savez(
            part,
            features=embedding.features.astype(np.float16),
            size=np.array([embedding.width, embedding.height]),
        )
        part.rename(self._embedding)

    def keep_label(self, label: Label) -> None:
        """Write the label."""
        np.savez_compressed(
            self._label, product=label.product, known=label.known, sureness=label.sureness
        )

    @property
    def _embedding(self) -> Path:
        return self.folder / f"{self.key}.npz"

    @property
    def _label(self) -> Path:
        return self.folder / f"{self.key}.label.npz"
