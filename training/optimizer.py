"""Muon for matrices and filters, AdamW for biases and norms, as one optimizer.

Jordan et al., "Muon", 2024, https://kellerjordan.github.io/posts/muon/. Its steps are made as large
as AdamW's after Liu et al., "Muon is Scalable for LLM Training", 2025,
https://arxiv.org/abs/2502.16982.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import Tensor, nn, optim

if TYPE_CHECKING:
    from collections.abc import Sequence

DECAY = 0.02


class Optimizer:
    """Steps for all weights of a network whose filters lie in memory with their channels last.

    Raises RuntimeError where they lie otherwise.
    """

    def __init__(self, network: nn.Module) -> None:
        weights = list(network.parameters())
        self._filters = [weight for weight in weights if weight.ndim > 1]
        self._matrices = [nn.Parameter(_flat(each.detach())) for each in self._filters]
        rest = [weight for weight in weights if weight.ndim == 1]
        self._parts: tuple[optim.Optimizer, ...] = (
            optim.Muon(self._matrices, weight_decay=DECAY, adjust_lr_fn="match_rms_adamw"),
            optim.AdamW(rest, weight_decay=DECAY),
        )

    def step(self, rate: float) -> None:
        """Step at ``rate`` by the gradients that the weights have now, and forget them."""
        for matrix, each in zip(self._matrices, self._filters, strict=True):
            matrix.grad = None if each.grad is None else _flat(each.grad)
            each.grad = None
        for part in self._parts:
            for group in part.param_groups:
                group["lr"] = rate
            part.step()
            part.zero_grad()

    def state_dict(self) -> list[dict[str, Any]]:
        """Tell what both optimizers remember."""
        return [part.state_dict() for part in self._parts]

    def load_state_dict(self, states: Sequence[dict[str, Any]]) -> None:
        """Go on from what ``state_dict`` told."""
        for part, state in zip(self._parts, states, strict=True):
            part.load_state_dict(state)


def _flat(filters: Tensor) -> Tensor:
    """View filters (out, in, height, width) as a matrix (out, height * width * in).

    It is a view, so what steps the matrix steps the filters.
    """
    return filters if filters.ndim == 2 else filters.permute(0, 2, 3, 1).view(len(filters), -1)
