"""What was chosen as the product: the value that is kept between the model and the matting."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.sam import LOW_RES
from pipeline.values import check_confidence, checked

if TYPE_CHECKING:
    from typing import Self

    from numpy.typing import NDArray

    from pipeline.foreground import Choice


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """What was chosen as the product, at the model's resolution.

    ``logits`` is (256, 256) float32 over SAM's padded square, above 0 inside, and read-only; (0, 0)
    where the photo's own transparency is the cut-out. ``confidence`` is 0..1. ``flat_lay`` tells
    that the product lies, seen from above. ``exact`` is (256, 256) bool where the outline was
    painted by hand and is to stay as it is, None where it was not. Raises ValueError where they are
    something else.
    """

    logits: NDArray[np.float32]
    confidence: float
    flat_lay: bool = False
    exact: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        side = LOW_RES if self.logits.size else 0
        if self.exact is not None:
            object.__setattr__(self, "exact", checked(self.exact, (LOW_RES, LOW_RES), "bool"))
        object.__setattr__(self, "logits", checked(self.logits, (side, side), "float32"))
        check_confidence(self.confidence)

    @classmethod
    def of(cls, choice: Choice) -> Self:
        """Take the best candidate."""
        best = choice.candidates[0].logits if choice.candidates else np.empty((0, 0), np.float32)
        return cls(best, choice.confidence, flat_lay=choice.flat_lay)

    def to_bytes(self) -> bytes:
        """Write the mask down, in half precision."""
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            logits=self.logits.astype(np.float16),
            confidence=self.confidence,
            flat_lay=self.flat_lay,
            exact=np.packbits(np.empty(0, np.bool_) if self.exact is None else self.exact),
        )
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read a mask back."""
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            exact = None
            if "exact" in arrays and arrays["exact"].size:
                exact = np.unpackbits(arrays["exact"]).reshape(LOW_RES, LOW_RES).astype(np.bool_)
            return cls(
                arrays["logits"].astype(np.float32),
                float(arrays["confidence"]),
                # Masks of 0.1 do not say.
                flat_lay="flat_lay" in arrays and bool(arrays["flat_lay"]),
                exact=exact,
            )


WHOLE = Selection(np.empty((0, 0), np.float32), 1.0)
"""What a picture's own transparency leaves; all of it where it has none."""
