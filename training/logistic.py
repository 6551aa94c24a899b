"""Logistic regression, whose targets may lie between 0 and 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def logistic(
    inputs: NDArray[np.float32],
    targets: NDArray[np.float32] | NDArray[np.bool_],
    weights: NDArray[np.float64],
    *,
    ridge: float = 0.03,
    rounds: int = 50,
) -> tuple[float, ...]:
    """Weighted ridge logistic regression by Newton's method; targets may lie between 0 and 1."""
    spread = np.maximum(inputs.std(0), 1e-3).astype(np.float64)
    design = np.column_stack([np.ones(len(inputs)), (inputs - inputs.mean(0)) / spread])
    penalty = np.eye(design.shape[1]) * ridge
    penalty[0, 0] = 0
    beta = np.zeros(design.shape[1])
    for _ in range(rounds):
        guess = 1 / (1 + np.exp(-design @ beta))
        slope = design.T @ (weights * (targets - guess)) - penalty @ beta
        curve = (design * (weights * guess * (1 - guess))[:, None]).T @ design + penalty
        beta += np.linalg.solve(curve + 1e-6 * np.eye(len(beta)), slope)
    plain = beta[1:] / spread
    return (float(beta[0] - plain @ inputs.mean(0)), *map(float, plain))
