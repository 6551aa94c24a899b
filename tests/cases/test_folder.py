"""A folder of photos as the command line makes it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from pipeline.model.embedding_cache import Embeddings
from tests.cases.conftest import data_of, heavy
from tests.stands.bot import open_studio
from tests.stands.describer import Scribe
from tests.stands.model import picture
from vitrina.commands.batch import BatchOptions, process
from vitrina.commands.facts_table import words_for
from vitrina.commands.process import photos_in
from vitrina.commands.uploads import write_uploads

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_folder_as_it_is_found(tmp_path: Path) -> None:
    """Names that meet, one in code page 866, `.jfif`, words in Windows-1251; then the table."""
    odd = os.fsdecode("кепка.jpg".encode("cp866"))
    for name in ("a.jpg", "a.png", "a.jpg.png", odd):
        (tmp_path / name).write_bytes(picture(size=64))
    (tmp_path / "cap.jfif").write_bytes(data_of("cap.jfif"))
    (tmp_path / "cap.txt").write_bytes(data_of("cap-cp1251.txt"))
    assert words_for(tmp_path / "cap.jfif") == "Кепка, 990 руб."
    scribe = Scribe()
    with open_studio(Embeddings()) as studio:
        white = studio.preset("white")
        options = BatchOptions(tmp_path / "out", "white", white, market="wildberries")
        sources = photos_in(tmp_path)
        made = await process(sources, options, studio, scribe, workers=2, done=lambda _: None)
    assert [outcome.error for outcome in made] == [None] * 5
    folders = {path.parent.name for path in (tmp_path / "out").glob("*/result.jpg")}
    assert folders == {"a.jpg", "a.png", "a.jpg.png", "cap", "кепка"}
    assert "Кепка, 990 руб." in {request.facts for request in scribe.requests}
    (table,) = write_uploads(sources, options)
    assert "кепка" in table.read_text("utf-8-sig")


@heavy
def test_a_straightened_photo_is_cut_out_as_the_opaque_one(tmp_path: Path) -> None:
    """By the real weights: nothing of the red cloth in the cut-outs."""
    for name in ("alpha-straightened.webp", "alpha-rounded-corners.png", "alpha-thin-border.webp"):
        (tmp_path / name).write_bytes(data_of(name))
    (tmp_path / "opaque.jpg").write_bytes(data_of("cap.jpg"))
    words = ("process", "--input-folder", str(tmp_path), "--output-folder", str(tmp_path / "out"))
    subprocess.run([sys.executable, "-m", "vitrina", *words], check=True)
    shares = {}
    for path in sorted((tmp_path / "out").glob("*/cutout.png")):
        with Image.open(path) as image:
            shown = np.asarray(image.convert("RGBA")).astype(int)
        red, green, blue, alpha = np.moveaxis(shown, 2, 0)
        cloth = (alpha > 127) & (red > 90) & (green < red * 0.45) & (blue < red * 0.6)
        shares[path.parent.name] = cloth.sum() / max((alpha > 127).sum(), 1)
    print(shares)  # noqa: T201 - for the lab
    assert len(shares) == 4
    assert all(share < 0.02 for share in shares.values()), shares
