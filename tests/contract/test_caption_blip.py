"""BLIP for real, with weights of a tiny random network that the test makes itself."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from pipeline.captions import Request
from pipeline.errors import (
    CaptionError,
    CaptionRefusedError,
    CaptionRequestError,
    CaptionServiceError,
)

if TYPE_CHECKING:
    from pathlib import Path

transformers = pytest.importorskip("transformers", reason="needs vitrina[blip]")

SPOKEN = ["black", "leather", "bag", "a", "with", "handles"]


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BLIP of 32 numbers a layer, and a vocabulary of six words."""
    import torch

    folder = tmp_path_factory.mktemp("blip")
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[DEC]", "[ENC]"]
    (folder / "vocab.txt").write_text("\n".join([*special, *SPOKEN]))
    vocabulary = {word: number for number, word in enumerate([*special, *SPOKEN])}
    tokenizer = transformers.BertTokenizer(vocab=vocabulary)
    small = {"hidden_size": 32, "intermediate_size": 64, "num_attention_heads": 2,
             "num_hidden_layers": 2}  # fmt: skip
    config = transformers.BlipConfig(
        text_config={
            **small, "vocab_size": len(vocabulary), "encoder_hidden_size": 32,
            "bos_token_id": 5, "sep_token_id": 3, "eos_token_id": 3, "pad_token_id": 0,
        },
        vision_config={**small, "image_size": 32, "patch_size": 8},
        projection_dim=16,
    )  # fmt: skip
    torch.manual_seed(7)
    model = transformers.BlipForConditionalGeneration(config)
    model.save_pretrained(folder)
    images = transformers.BlipImageProcessor(size={"height": 32, "width": 32})
    transformers.BlipProcessor(images, tokenizer).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def picture() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), (20, 20, 20)).save(buffer, "JPEG")
    return buffer.getvalue()


def test_a_picture_becomes_words_of_the_vocabulary(weights: Path, picture: bytes) -> None:
    from pipeline.captions.provider_blip import Blip

    said = Blip(weights)(picture)

    assert said.split()
    assert set(said.split()) <= {*SPOKEN, "[UNK]", "[DEC]", "[ENC]"}
    assert Blip(weights)(picture) == said


async def test_a_listing_of_what_was_seen_and_told(weights: Path, picture: bytes) -> None:
    from pipeline.captions.provider_blip import BlipDescriber

    describer = BlipDescriber(weights)
    request = Request(picture, facts="Сумка, 1 900 ₽")

    caption = await describer.describe(request)

    assert caption.model == "blip"
    assert caption.cost is None
    assert "1 900 ₽" in caption.text
    assert "Сумка" in caption.listing.title
    await describer.aclose()


async def test_the_weights_must_be_the_ones_that_are_named(weights: Path, picture: bytes) -> None:
    from pipeline.captions.provider_blip import WEIGHTS, Blip, BlipDescriber

    right = hashlib.sha256((weights / WEIGHTS).read_bytes()).hexdigest()
    assert Blip(weights, sha256=right)(picture)
    with pytest.raises(CaptionServiceError, match="BLIP_CHECKSUM"):
        await BlipDescriber(weights, sha256="0" * 64).describe(Request(picture))


async def test_no_weights(tmp_path: Path, picture: bytes) -> None:
    from pipeline.captions.provider_blip import BlipDescriber

    with pytest.raises(CaptionServiceError, match="no BLIP"):
        await BlipDescriber(tmp_path).describe(Request(picture))


async def test_a_language_that_it_does_not_speak(weights: Path, picture: bytes) -> None:
    from pipeline.captions.provider_blip import BlipDescriber

    with pytest.raises(CaptionRequestError):
        await BlipDescriber(weights).describe(Request(picture, "kk"))


async def test_a_picture_that_is_none(weights: Path) -> None:
    from pipeline.captions.provider_blip import BlipDescriber

    with pytest.raises(CaptionError):
        await BlipDescriber(weights).describe(Request(b"no picture"))


async def test_what_cannot_be_named_asks_for_two_words() -> None:
    from pipeline.captions.template import listing_of

    with pytest.raises(CaptionRefusedError):
        listing_of("a gizmo on a white background", "ru")
