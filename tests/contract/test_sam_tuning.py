"""A tuned encoder gives the official one's embedding, on a small random SAM."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.contract.sam_models import picture

torch = pytest.importorskip("torch", reason="needs vitrina[gpu]")


def small_official() -> Any:
    """Build an official SAM whose encoder has two narrow layers, one of them global."""
    from segment_anything.build_sam import _build_sam

    torch.manual_seed(5)
    model = _build_sam(
        encoder_embed_dim=64, encoder_depth=2, encoder_num_heads=2, encoder_global_attn_indexes=[1]
    )
    with torch.no_grad():
        for name, value in model.image_encoder.named_parameters():
            if "pos" in name:  # zeros at the start: a mistake there would not show
                value.normal_(0, 0.5)
    return model.eval()


@pytest.fixture(scope="module")
def official() -> Any:
    from pipeline.sam.preprocess import square

    with torch.inference_mode():
        return (
            small_official().image_encoder(torch.from_numpy(square(picture(320, 211))))[0].numpy()
        )


@pytest.mark.parametrize(
    ("tuning", "tolerance"),
    [
        ({}, 1e-5),
        ({"precision": "bf16"}, 3e-2),
        ({"int8": True}, 3e-2),
        ({"int8": True, "precision": "bf16"}, 5e-2),
    ],
    ids=str,
)
def test_a_tuned_encoder_is_off_by_no_more_than_its_rounding(
    official: Any, tuning: dict[str, Any], tolerance: float
) -> None:
    """``tolerance`` is the mean error's share of the embedding's standard deviation."""
    from pipeline.sam.torch import TorchSam, Tuning

    sam = TorchSam(small_official(), name="small", device="cpu", tuning=Tuning(**tuning))
    ours = sam.encode(picture(320, 211)).features

    assert np.abs(ours - official).mean() < tolerance * official.std()


def test_pictures_encoded_together_are_encoded_as_one_by_one() -> None:
    from pipeline.sam.torch import TorchSam

    sam = TorchSam(small_official(), name="small", device="cpu")
    pictures = [picture(320, 211), picture(33, 64)]

    for together, pixels in zip(sam.encode_all(pictures), pictures, strict=True):
        alone = sam.encode(pixels)
        np.testing.assert_allclose(together.features, alone.features, atol=1e-4)
        assert (together.width, together.height) == (alone.width, alone.height)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_compiled_encoder_gives_the_same() -> None:
    from pipeline.sam.torch import TorchSam, Tuning

    plain = TorchSam(small_official(), name="small", device="cpu")
    compiled = TorchSam(small_official(), name="small", device="cpu", tuning=Tuning(compiled=True))

    for size in ((320, 211), (64, 64)):
        ours, other = (sam.encode(picture(*size)).features for sam in (compiled, plain))
        np.testing.assert_allclose(ours, other, atol=1e-3 * other.std() + 1e-5)


def test_a_gpu_that_is_not_there_is_named() -> None:
    from pipeline.errors import DeviceError
    from pipeline.sam.torch import TorchSam

    if torch.cuda.is_available():
        pytest.skip("there is one")
    with pytest.raises(DeviceError, match="cuda"):
        TorchSam(small_official(), name="small", device="cuda")
