"""SAM through ONNX Runtime: MobileSAM by default, or any SAM exported by the official script."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.errors import WeightsError
from pipeline.sam import CANDIDATES, LOW_RES, Embedding, MaskLogits
from pipeline.sam.onnx_decoder.decoder import build
from pipeline.sam.onnx_decoder.read_export import read_weights
from pipeline.sam.preprocess import in_square, point_rows, runs, square
from pipeline.sam.session import GPUS, device_of, open_session, shrinking

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import onnxruntime as ort
    from numpy.typing import NDArray

    from pipeline.sam import Prompt
    from pipeline.values import Pixels


class OnnxSam:
    """Encoder and decoder sessions. Raises WeightsError where a file cannot be loaded.

    Of the decoder's file only the weights are used; ``pipeline/sam/onnx_decoder/`` has the graph.
    """

    def __init__(
        self,
        encoder: Path,
        decoder: Path,
        *,
        name: str,
        device: str | None = None,
        threads: int = 0,
    ) -> None:
        """Load both networks; ``open_session`` tells what devices there are."""
        self.name = name
        try:
            networks = encoder.read_bytes(), build(read_weights(decoder.read_bytes()))
        except OSError as error:
            raise WeightsError(f"cannot read the weights of {name}: {error}") from error
        self._encoder, self._decoder = (
            open_session(network, name=name, device=device, threads=threads) for network in networks
        )
        self._encoder_input = self._encoder.get_inputs()[0].name

    @property
    def device(self) -> str:
        """What the encoder runs on."""
        return device_of(self._encoder)

    def encode(self, pixels: Pixels) -> Embedding:
        """Embed one picture, (height, width, 3) uint8 RGB of any size."""
        return self._encode([pixels])[0]

    def encode_all(self, pictures: Sequence[Pixels]) -> list[Embedding]:
        """Embed pictures, (height, width, 3) uint8 RGB: in one run on a GPU, one by one on a CPU.

        An encoder that was exported for one picture takes one at a time everywhere.
        """
        if self.device in GPUS and not isinstance(self._encoder.get_inputs()[0].shape[0], int):
            return self._encode(pictures)
        return [self.encode(pixels) for pixels in pictures]

    def embed(
        self, squares: NDArray[np.float32], options: ort.RunOptions | None = None
    ) -> NDArray[np.float32]:
        """Run the bare encoder: (N, 3, 1024, 1024) prepared to (N, 256, 64, 64).

        Both are float32.
        """
        features: NDArray[np.float32]
        (features,) = self._encoder.run(None, {self._encoder_input: squares}, options)
        return features

    def _encode(self, pictures: Sequence[Pixels]) -> list[Embedding]:
        squares = np.concatenate([square(pixels) for pixels in pictures])
        features = self.embed(squares, shrinking() if self.device == "cpu" else None)
        return [
            Embedding(one, width=pixels.shape[1], height=pixels.shape[0])
            for one, pixels in zip(features, pictures, strict=True)
        ]

    def decode(self, embedding: Embedding, prompts: Sequence[Prompt]) -> MaskLogits:
        """Answer all ``prompts`` on one embedding, (N, 4, 256, 256) logits."""
        rows = [point_rows(in_square(embedding, prompt)) for prompt in prompts]
        logits = np.empty((len(prompts), CANDIDATES, LOW_RES, LOW_RES), np.float32)
        scores = np.empty((len(prompts), CANDIDATES), np.float32)
        kinds = ((len(row), prompt.mask is None) for row, prompt in zip(rows, prompts, strict=True))
        for run in runs(kinds):
            masks = [mask for index in run if (mask := prompts[index].mask) is not None]
            given = np.stack(masks) if masks else np.zeros((1, 4, 4))
            logits[run], scores[run] = self._decoder.run(
                ["logits", "scores"],
                {
                    "embedding": embedding.features[None],
                    "points": np.array([rows[index] for index in run], np.float32),
                    "masks": given[:, None].astype(np.float32),
                    "has_masks": np.array([bool(masks)], np.float32),
                },
            )
        return MaskLogits(logits=logits, scores=scores)
