from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from pipeline.sam import Embedding
from training.samples import Sample
from training.teacher import Label

torch = pytest.importorskip("torch", reason="needs vitrina[gpu]")

if TYPE_CHECKING:
    from pathlib import Path

    from training.model import HeadNetwork


def _lesson(folder: Path, number: int) -> Sample:
    draw = np.random.default_rng(number)
    sample = Sample(folder, f"a-{number}", "made", f"a-{number}", "train")
    product = np.zeros((256, 256), np.uint8)
    product[40:120, 40:120] = 255
    sample.keep_embedding(Embedding(draw.normal(size=(256, 64, 64)).astype(np.float32), 640, 480))
    sample.keep_label(Label(product, np.ones((256, 256), np.bool_), 1.0))
    return sample


def test_the_head_that_was_best_on_other_objects_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from training import train as trainer
    from training.train import mean_iou

    monkeypatch.setattr(trainer, "WATCHED", 1)
    torch.set_num_threads(1)  # two threads wait for each other on a busy machine
    samples = [_lesson(tmp_path, number) for number in range(2)]
    marks, heads = iter([0.9, 0.4]), []

    def watch(network: HeadNetwork) -> float:
        heads.append({name: value.clone() for name, value in network.state_dict().items()})
        return next(marks)

    best, curves = trainer.train(samples, [1.0, 1.0], width=16, steps=2, size=2, watch=watch)
    assert curves.watched == [(1, 0.9), (2, 0.4)]
    assert len(curves.losses) == 2
    kept = best.state_dict()
    assert all(torch.equal(kept[name], value) for name, value in heads[0].items())
    assert 0 <= mean_iou(best, samples) <= 1
    _, same = trainer.train(samples, [1.0, 1.0], width=16, steps=1, size=2)
    assert same.losses == curves.losses[:1]  # the seeds are fixed


def test_a_stopped_run_goes_on_as_if_it_had_not_been(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from training import train as trainer

    monkeypatch.setattr(trainer, "WATCHED", 1)
    torch.set_num_threads(1)
    samples, mark = [_lesson(tmp_path, number) for number in range(2)], tmp_path / "run.pt"

    class PowerCutError(Exception):
        pass

    def cut_short(_: HeadNetwork) -> float:
        if mark.exists():
            raise PowerCutError
        return 0.5

    def watch(_: HeadNetwork) -> float:
        return 0.5

    whole, curves = trainer.train(samples, [1.0, 1.0], width=16, steps=2, size=1, watch=watch)
    with pytest.raises(PowerCutError):
        trainer.train(samples, [1.0, 1.0], width=16, steps=2, size=1, watch=cut_short, mark=mark)
    resumed, again = trainer.train(
        samples, [1.0, 1.0], width=16, steps=2, size=1, watch=watch, mark=mark
    )
    assert again == curves
    for one, other in zip(whole.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(one, other)


def test_every_kind_of_scene_has_its_share_of_what_is_seen() -> None:
    from training.__main__ import MADE, TAUGHT, shares

    assert {kind for kind, *_ in TAUGHT} == MADE.keys()
    assert sum(MADE.values()) < 0.85
    kinds = [kind for kind in MADE for _ in range(3)] + ["clothing"] * 40 + ["object"] * 10
    weights = shares(kinds)
    assert sum(weights) == pytest.approx(1)
    drawn = sum(weight for weight, kind in zip(weights, kinds, strict=True) if kind == "drawn")
    assert drawn == pytest.approx(MADE["drawn"])
