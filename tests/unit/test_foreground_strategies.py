from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from pipeline.errors import NothingFoundError, WeightsError
from pipeline.foreground import Head, strategies
from pipeline.foreground.saliency import Saliency
from pipeline.foreground.strategies import (
    AverageSaliency,
    HeadSaliency,
    SaliencyModel,
    logit,
    open_saliency,
    open_segmenter,
)
from pipeline.masks import iou
from pipeline.sam import LOW_RES, Embedding
from pipeline.sam.mask_generator import Segment
from pipeline.weights import Manifest, Network
from vitrina.settings import HOME, Settings
from vitrina.studio import load_segmenter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.sam import Sam

HEAD_FILE = HOME / "weights" / "foreground-head.onnx"
PLAIN = Embedding(np.zeros((256, 64, 64), np.float32), 320, 240)


def _no_head() -> Head:
    raise AssertionError("the head is not needed")


def _no_network(name: str) -> tuple[Path, Network]:
    raise WeightsError(f"no weights are called {name}")


def _red_channel(path: Path, side: int) -> Path:
    """A network that answers with the first channel of what it is given."""
    node = helper.make_node("Slice", ["x", "first", "second", "axis"], ["y"])
    graph = helper.make_graph(
        [node],
        "red",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, side, side])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, side, side])],
        [
            helper.make_tensor(name, TensorProto.INT64, [1], [value])
            for name, value in (("first", 0), ("second", 1), ("axis", 1))
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, path)
    return path


@pytest.mark.parametrize(
    ("how", "dark", "light"),
    [
        ({"scale": "byte", "answer": "plain"}, 51 / 255, 204 / 255),
        ({"scale": "maximum", "answer": "plain"}, 51 / 204, 1),
        ({"scale": "byte", "answer": "stretch"}, 0, 1),
        ({"scale": "byte", "answer": "sigmoid"}, 1 / (1 + np.exp(-0.2)), 1 / (1 + np.exp(-0.8))),
    ],
)
def test_a_network_is_fed_and_read_as_its_row_says(
    tmp_path: Path, how: dict[str, Any], dark: float, light: float
) -> None:
    network = Network(side=32, mean=(0, 0, 0), std=(1, 1, 1), **how)
    pixels = np.full((48, 96, 3), 51, np.uint8)
    pixels[:, 48:] = 204
    plane = Saliency(_red_channel(tmp_path / "red.onnx", 32), network)(pixels)
    assert plane.shape == (48, 96)
    assert plane[20, 10] == pytest.approx(dark, abs=0.01)
    assert plane[20, 90] == pytest.approx(light, abs=0.01)


def test_opinions_are_averaged_as_probabilities() -> None:
    class Says:
        def __init__(self, name: str, probability: float) -> None:
            self.name = name
            self._logits = logit(np.full((LOW_RES, LOW_RES), probability, np.float32))

        def __call__(
            self,
            pixels: NDArray[np.uint8],
            embedding: Embedding,
        ) -> NDArray[np.float32]:
            del pixels, embedding
            return self._logits

    both: tuple[SaliencyModel, ...] = (Says("a", 0.9), Says("b", 0.5))
    mean = AverageSaliency(both)
    assert mean.name == "a+b"
    said = mean(np.zeros((240, 320, 3), np.uint8), PLAIN)
    assert said[0, 0] == pytest.approx(np.log(0.7 / 0.3), abs=1e-3)


def test_the_head_looks_at_an_embedding_once(monkeypatch: pytest.MonkeyPatch) -> None:
    head, runs = Head(HEAD_FILE, threads=1), []
    session = head._session

    class Counted:
        def run(self, *asked: Any) -> Any:
            runs.append(asked)
            return session.run(*asked)

    monkeypatch.setattr(head, "_session", Counted())
    once = head(PLAIN)
    assert HeadSaliency(head)(np.zeros((240, 320, 3), np.uint8), PLAIN) is once
    assert len(runs) == 1
    head(replace(PLAIN))
    assert len(runs) == 2
    assert len(head._seen) == 1, "what is gone with its embedding"


@pytest.mark.parametrize("name", ["", "head+", "+u2net"])
def test_a_name_with_a_hole_is_refused(name: str) -> None:
    def network(part: str) -> tuple[Path, Network]:
        return Path(f"missing-{part}.onnx"), Network(side=8)

    with pytest.raises(WeightsError):
        open_saliency(name, _no_head, network)


def test_an_unknown_network_is_refused() -> None:
    with pytest.raises(WeightsError, match="no weights are called sorcery"):
        open_segmenter("sorcery", _no_head, _no_network)


def test_the_largest_mask_is_taken_for_background(monkeypatch: pytest.MonkeyPatch) -> None:
    def segment(left: int, right: int) -> Segment:
        logits = np.full((LOW_RES, LOW_RES), -6, np.float32)
        logits[:192, left:right] = 6
        return Segment(logits, (0, 0, 1, 1), (right - left) * 192, 0.9, 0.9, (0.0, 0.0))

    found = (segment(0, 60), segment(60, 256))
    monkeypatch.setattr(strategies, "generate_masks", lambda *_: found)
    way = open_segmenter("largest-mask", _no_head, _no_network)
    sam: Sam = None  # type: ignore[assignment]  # only `generate_masks` would ask it
    choice = way(sam, np.zeros((240, 320, 3), np.uint8), PLAIN)
    inside = choice.candidates[0].logits > 0
    assert inside[:192, :60].all()
    assert not inside[:, 60:].any()
    assert not inside[192:].any()
    monkeypatch.setattr(strategies, "generate_masks", lambda *_: ())
    with pytest.raises(NothingFoundError):
        way(sam, np.zeros((240, 320, 3), np.uint8), PLAIN)


def test_grabcut_finds_a_disc_and_nothing_on_a_plain_sheet() -> None:
    way = open_segmenter("grabcut", _no_head, _no_network)
    sam: Sam = None  # type: ignore[assignment]  # GrabCut asks no SAM
    rows, columns = np.ogrid[:240, :320]
    disc = (rows - 120) ** 2 + (columns - 160) ** 2 < 70**2
    draw = np.random.default_rng(0)
    pixels = draw.integers(190, 210, (240, 320, 3), np.uint8)
    pixels[disc] = draw.integers(20, 40, (int(disc.sum()), 3), np.uint8)
    plane = strategies.grabcut(pixels)
    assert iou(plane > 0.5, disc) > 0.95
    inside = way(sam, pixels, PLAIN).candidates[0].logits > 0
    assert inside[96, 128]
    assert not inside[5, 5]


def test_every_network_of_the_manifest_says_how_it_is_fed() -> None:
    manifest = Manifest.load(Path(__file__).parents[2] / "weights" / "manifest.toml")
    networks = {name for name, weight in manifest.weights.items() if weight.network}
    assert networks == {"u2net", "silueta", "isnet", "birefnet", "birefnet-lite", "modnet"}


@pytest.mark.parametrize(
    ("name", "said"),
    [("mobile-sam-encoder", "no saliency network"), ("sorcery", "no weights are called sorcery")],
)
def test_a_way_by_a_wrong_name_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)  # no .env of the developer's
    with pytest.raises(WeightsError, match=said):
        load_segmenter(Settings(), name)


def test_a_network_s_file_may_lie_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    way = load_segmenter(Settings(), f"u2net={_red_channel(tmp_path / 'other.onnx', 320)}")
    assert way.name == "u2net"
