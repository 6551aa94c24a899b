"""SAM by its official code and checkpoints, on PyTorch: ViT-B, ViT-L or ViT-H, best on a GPU.

Needs the extra ``vitrina[gpu]``. Import this module only where it is configured: torch takes
seconds and hundreds of megabytes.
"""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Literal

import numpy as np

from pipeline.errors import WeightsError
from pipeline.sam import CANDIDATES, LOW_RES, Embedding, Masks
from pipeline.sam.preprocess import in_square, runs, square

try:
    import torch
    from segment_anything import sam_model_registry
except ImportError as missing:
    raise WeightsError(
        f"SAM's official checkpoints need PyTorch: pip install 'vitrina[gpu]' ({missing})"
    ) from missing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.sam import Prompt
    from pipeline.values import Pixels

ModelType = Literal["vit_b", "vit_l", "vit_h"]


class TorchSam:
    """One official checkpoint on one device. Raises WeightsError where it cannot be loaded."""

    def __init__(
        self, checkpoint: Path, model_type: ModelType, *, device: str | None = None
    ) -> None:
        """Load ``checkpoint``; without ``device`` onto the GPU where there is one."""
        self.name = f"sam-{model_type.replace('_', '-')}"
        self._device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        try:
            weights = torch.load(checkpoint, map_location="cpu", weights_only=True, mmap=True)
            model = sam_model_registry[model_type]()
            model.load_state_dict(weights, assign=True)
        except (OSError, RuntimeError, pickle.UnpicklingError, TypeError, AttributeError) as error:
            raise WeightsError(f"{checkpoint} holds no {model_type} weights: {error}") from error
        self._model = model.to(self._device).eval().requires_grad_(requires_grad=False)

    @torch.inference_mode()
    def encode(self, pixels: Pixels) -> Embedding:
        """Embed one picture, (height, width, 3) uint8 RGB of any size."""
        features = self._model.image_encoder(self._tensor(square(pixels)))
        return Embedding(features[0].cpu().numpy(), width=pixels.shape[1], height=pixels.shape[0])

    @torch.inference_mode()
    def decode(self, embedding: Embedding, prompts: Sequence[Prompt]) -> Masks:
        """Answer all ``prompts`` on one embedding, (N, 4, 256, 256) logits."""
        moved = [in_square(embedding, prompt) for prompt in prompts]
        features = self._tensor(embedding.features[None])
        positions = self._model.prompt_encoder.get_dense_pe()
        logits = np.empty((len(prompts), CANDIDATES, LOW_RES, LOW_RES), np.float32)
        scores = np.empty((len(prompts), CANDIDATES), np.float32)
        for run in runs((len(p.points), p.box is None, p.mask is None) for p in moved):
            sparse, dense = self._embed([moved[index] for index in run])
            answer = self._model.mask_decoder.predict_masks(
                image_embeddings=features,
                image_pe=positions,
                sparse_prompt_embeddings=sparse,
                dense_prompt_embeddings=dense,
            )
            logits[run], scores[run] = (part.cpu().numpy() for part in answer)
        return Masks(logits=logits, scores=scores)

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
        return torch.from_numpy(np.asarray(values, np.float32)).to(self._device)
