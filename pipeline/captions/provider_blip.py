"""BLIP on this machine, for those who may not send pictures out: dry, and free.

J. Li and others, "BLIP: Bootstrapping Language-Image Pre-training", ICML 2022. The weights lie in
a folder; nothing is fetched, and nothing is unpickled.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
from typing import TYPE_CHECKING, Any, Final

import torch
from PIL import Image
from transformers import BlipForConditionalGeneration, BlipProcessor
from transformers.utils import logging as transformers_logging

from pipeline.captions.language import find_language
from pipeline.captions.review import review
from pipeline.captions.spending import Spending
from pipeline.captions.template import listing_of
from pipeline.captions.values import Caption
from pipeline.errors import CaptionRequestError, CaptionServiceError, WeightsError

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.captions.review import Review
    from pipeline.captions.values import Request, Watch

WEIGHTS: Final = "model.safetensors"
_SPOKEN: Final = ("ru", "en")
_WORDS_AT_MOST: Final = 40
_CHUNK: Final = 1 << 20


class Blip:
    """The network: a picture in, an English sentence out. One call at a time."""

    def __init__(self, folder: Path, *, sha256: str | None = None) -> None:
        """Load processor and weights from ``folder``, a model's as Hugging Face lays it out.

        Raises WeightsError where they are not there, or are not the ones that ``sha256`` names.
        """
        quiet: Any = transformers_logging.disable_progress_bar
        quiet()
        try:
            if sha256 is not None and _digest(folder / WEIGHTS) != sha256.lower():
                raise WeightsError(f"{folder / WEIGHTS} is not the file that BLIP_CHECKSUM names")
            self._processor: Any = BlipProcessor.from_pretrained(folder, local_files_only=True)
            self._model: Any = BlipForConditionalGeneration.from_pretrained(
                folder, local_files_only=True, use_safetensors=True
            )
        except (OSError, ValueError) as error:
            raise WeightsError(f"no BLIP in {folder}: {error}") from error

    def __call__(self, picture: bytes) -> str:
        """Describe a JPEG."""
        image = Image.open(io.BytesIO(picture), formats=["JPEG"]).convert("RGB")
        with torch.inference_mode():
            pixels = self._processor(images=image, return_tensors="pt")
            tokens = self._model.generate(**pixels, max_new_tokens=_WORDS_AT_MOST, num_beams=3)
        return str(self._processor.decode(tokens[0], skip_special_tokens=True))


class BlipDescriber:
    """Turns what BLIP sees into a listing by a template, in Russian or English.

    The model is loaded at the first caption, on a thread of its own.
    """

    def __init__(self, folder: Path, *, sha256: str | None = None, timeout: float = 60.0) -> None:
        self._folder = folder
        self._sha256 = sha256
        self._timeout = timeout
        self._blip: Blip | None = None
        self._turn = asyncio.Lock()

    async def describe(self, request: Request, watch: Watch | None = None) -> Caption:  # noqa: ARG002 - nothing grows here to be watched
        """Describe, fill the template, review.

        Raises CaptionRefusedError where the product cannot be named, CaptionRequestError for a
        language that the template does not speak or a text that would be an earlier one again,
        CaptionServiceError where the model cannot be run.
        """
        language = find_language(request.language)
        if language not in _SPOKEN:
            raise CaptionRequestError(f"BLIP's template does not speak {request.language!r}")
        description = await self._look(request.picture)
        reviewed = await asyncio.to_thread(_reviewed, description, language, request)
        if reviewed.fault:
            raise CaptionRequestError(f"BLIP's template: {reviewed.fault}")
        return Caption(reviewed.listing, "blip", (Spending("blip"),), reviewed.flaws)

    async def aclose(self) -> None:
        """Let go of the model."""
        self._blip = None

    async def _look(self, picture: bytes) -> str:
        try:
            async with asyncio.timeout(self._timeout), self._turn:
                if self._blip is None:
                    self._blip = await asyncio.to_thread(Blip, self._folder, sha256=self._sha256)
                return await asyncio.to_thread(self._blip, picture)
        except TimeoutError:
            raise CaptionServiceError(f"BLIP took more than {self._timeout:g} s") from None
        except (WeightsError, OSError, RuntimeError) as error:
            raise CaptionServiceError(f"BLIP: {error}") from error


def _reviewed(description: str, language: str, request: Request) -> Review:
    draft = listing_of(description, language, request.facts, len(request.earlier))
    return review(draft, request)


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
