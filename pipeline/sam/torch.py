"""SAM by its official code and checkpoints, on PyTorch: ViT-B, ViT-L or ViT-H, best on a GPU.

Needs the extra ``vitrina[gpu]``. Import this module only where it is configured: torch takes
seconds and hundreds of megabytes.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from pipeline.errors import DeviceError, WeightsError
from pipeline.sam import CANDIDATES, LOW_RES, Embedding, MaskLogits
from pipeline.sam.preprocess import in_square, runs, square

try:
    import torch
    from segment_anything import sam_model_registry

    from pipeline.sam.attention import Int8Linear, SdpaAttention, replace
except ImportError as missing:
    raise WeightsError(
        f"SAM's official checkpoints need PyTorch: pip install '.[gpu]' ({missing})"
    ) from missing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.sam import Prompt
    from pipeline.values import Pixels

ModelType = Literal["vit_b", "vit_l", "vit_h"]
Precision = Literal["fp32", "bf16", "fp16"]


@dataclass(frozen=True, slots=True)
class Tuning:
    """How the encoder is run.

    ``precision`` is what its products are calculated in; ``compiled`` compiles it for its one
    shape, on a GPU with CUDA graphs, which takes a minute or more at the start; ``int8`` keeps
    its linear layers' weights in 8 bits.
    """

    precision: Precision = "fp32"
    compiled: bool = False
    int8: bool = False


PLAIN = Tuning()


def load_official(checkpoint: Path, model_type: ModelType) -> Any:
    """Load an official checkpoint into the official model. Raises WeightsError."""
    try:
        weights = torch.load(checkpoint, map_location="cpu", weights_only=True, mmap=True)
        with torch.device("meta"):
            model = sam_model_registry[model_type]()
        model.load_state_dict(weights, assign=True)
    except (OSError, RuntimeError, pickle.UnpicklingError, TypeError, AttributeError) as error:
        raise WeightsError(f"{checkpoint} holds no {model_type} weights: {error}") from error
    return model


class TorchSam:
    """An official model on one device. Raises DeviceError where there is no such device."""

    def __init__(
        self,
        model: Any,
        *,
        name: str,
        device: str | None = None,
        threads: int = 0,
        tuning: Tuning = PLAIN,
    ) -> None:
        """Take ``model`` over; without ``device`` onto the GPU where there is one."""
        self.name = name
        if threads:
            torch.set_num_threads(threads)
        self._device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        if self._device.type == "cuda" and not torch.cuda.is_available():
            raise DeviceError(f"{name} was to run on {device}, but torch sees no GPU")
        encoder = model.image_encoder
        replace(encoder, "Attention", SdpaAttention)
        if tuning.int8:
            replace(encoder, "Linear", Int8Linear)
        self._model = model.to(self._device).eval().requires_grad_(requires_grad=False)
        encoder = encoder.to(memory_format=torch.channels_last)
        self._encoder = encoder
        if tuning.compiled:
            mode = "reduce-overhead" if self._device.type == "cuda" else "default"
            self._encoder = torch.compile(encoder, mode=mode, dynamic=False, fullgraph=True)
        self._precision = {"fp32": None, "bf16": torch.bfloat16, "fp16": torch.float16}[
            tuning.precision
        ]

    @property
    def device(self) -> str:
        """What the model runs on."""
        return str(self._device)

    def encode(self, pixels: Pixels) -> Embedding:
        """Embed one picture, (height, width, 3) uint8 RGB of any size."""
        return self.encode_all([pixels])[0]

    @torch.inference_mode()
    def encode_all(self, pictures: Sequence[Pixels]) -> list[Embedding]:
        """Embed pictures of any sizes in one run.

        Each is (height, width, 3) uint8 RGB.
        """
        squares = self._tensor(np.concatenate([square(pixels) for pixels in pictures]))
        squares = squares.to(memory_format=torch.channels_last)
        with torch.autocast(self._device.type, self._precision, self._precision is not None):
            features = self._encoder(squares)
        return [
            Embedding(one, width=pixels.shape[1], height=pixels.shape[0])
            for one, pixels in zip(features.float().cpu().numpy(), pictures, strict=True)
        ]

    @torch.inference_mode()
    def decode(self, embedding: Embedding, prompts: Sequence[Prompt]) -> MaskLogits:
        """Answer all ``prompts`` as the official `predict_masks` does, in runs of one kind."""
        moved = [in_square(embedding, prompt) for prompt in prompts]
        features = self._tensor(embedding.features[None])
        logits = np.empty((len(prompts), CANDIDATES, LOW_RES, LOW_RES), np.float32)
        scores = np.empty((len(prompts), CANDIDATES), np.float32)
        position = self._model.prompt_encoder.get_dense_pe()
        for run in runs((len(p.points), p.box is None, p.mask is None) for p in moved):
            sparse, dense = self._embed([moved[index] for index in run])
            masks, predicted = self._model.mask_decoder.predict_masks(
                features, position, sparse, dense
            )
            logits[run] = masks.cpu().numpy()
            scores[run] = predicted.cpu().numpy()
        return MaskLogits(logits=logits, scores=scores)

    def _embed(self, prompts: Sequence[Prompt]) -> tuple[torch.Tensor, torch.Tensor]:
        """Embed prompts of one kind: sparse (N, points, 256) and dense (N, 256, 64, 64)."""
        first = prompts[0]
        points = boxes = masks = None
        if first.points or first.box is None:
            shape = len(prompts), len(first.points), 3
            rows = self._tensor([p.points for p in prompts]).reshape(shape)
            points = rows[:, :, :2], rows[:, :, 2]
        if first.box is not None:
            boxes = self._tensor([p.box for p in prompts])
        if first.mask is not None:
            masks = self._tensor([p.mask for p in prompts])[:, None]
        sparse, dense = self._model.prompt_encoder(points, boxes, masks)
        return sparse, dense

    def _tensor(self, values: object) -> torch.Tensor:
        """Copy to the device; to a GPU from pinned memory, without waiting for the copy."""
        array = np.asarray(values, np.float32)
        # torch has no read-only tensors, and warns of arrays that are.
        tensor = torch.from_numpy(array if array.flags.writeable else array.copy())
        if self._device.type == "cuda":
            return tensor.pin_memory().to(self._device, non_blocking=True)
        return tensor.to(self._device)
