from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs vitrina[gpu]")

if TYPE_CHECKING:
    from torch import Tensor, nn

RATE = 0.01


def _network() -> nn.Module:
    torch.manual_seed(0)
    network: nn.Module = torch.nn.Sequential(
        torch.nn.Conv2d(8, 16, 3, padding=1), torch.nn.ReLU(), torch.nn.Conv2d(16, 4, 1)
    )
    return network.to(memory_format=torch.channels_last)


def _learn(network: nn.Module) -> None:
    draw = torch.Generator().manual_seed(1)
    network(torch.randn(2, 8, 6, 6, generator=draw)).square().mean().backward()


def _stepped(network: nn.Module) -> dict[str, Tensor]:
    """Step once, and tell by how much each weight moved."""
    from training.optimizer import Optimizer

    before = {name: weight.detach().clone() for name, weight in network.named_parameters()}
    optimizer = Optimizer(network)
    _learn(network)
    optimizer.step(RATE)
    return {name: weight.detach() - before[name] for name, weight in network.named_parameters()}


def test_filters_step_as_far_in_every_direction() -> None:
    moved = _stepped(_network())["0.weight"].flatten(1)
    lengths = torch.linalg.svdvals(moved).numpy()
    as_adam = RATE * 0.2 * np.sqrt(8 * 3 * 3)
    assert (0.6 * as_adam < lengths).all()
    assert (lengths < 1.4 * as_adam).all()


def test_biases_step_as_adam_says() -> None:
    moved = _stepped(_network())["0.bias"].abs()
    assert torch.allclose(moved, torch.tensor(RATE), rtol=0.05)


def test_gradients_are_forgotten_and_the_rate_is_the_one_asked_for() -> None:
    from training.optimizer import Optimizer

    network = _network()
    optimizer = Optimizer(network)
    _learn(network)
    kept = {name: value.clone() for name, value in network.state_dict().items()}
    optimizer.step(0.0)
    assert all(weight.grad is None for weight in network.parameters())
    assert all(torch.equal(kept[name], now) for name, now in network.state_dict().items())


def test_filters_that_lie_otherwise_are_refused() -> None:
    from training.optimizer import Optimizer

    with pytest.raises(RuntimeError, match="view"):
        Optimizer(torch.nn.Conv2d(8, 16, 3))
