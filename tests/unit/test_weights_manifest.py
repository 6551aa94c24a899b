"""The manifest, the repository's own one too, and what the store says of a folder."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from unittest.mock import Mock

import pytest

from pipeline.errors import WeightsError
from pipeline.weights import Manifest, State, Store, UrlSource

FOLDER = Path(__file__).parents[2] / "weights"
GOOD = """
[weights.a]
file = "a.onnx"
bytes = 3
sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
licence = "CC0"
purpose = "the letters abc"
sources = [{ url = "https://example.org/a.onnx" }, { npm = "@scope/a@1.0.0", member = "a.onnx" }]

[weights.b]
file = "b.onnx"
bytes = 1
sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
licence = "CC0"
purpose = "shipped"
shipped = true

[models]
both = ["a", "b"]
"""


def load(folder: Path, text: str = GOOD) -> Manifest:
    path = folder / "manifest.toml"
    path.write_text(text)
    return Manifest.load(path)


def test_the_repository_s_manifest_names_every_model() -> None:
    manifest = Manifest.load(FOLDER / "manifest.toml")
    files = [weight.file for weight in manifest.for_model("mobile-sam")]
    assert files == ["mobile-sam-encoder.onnx", "mobile-sam-decoder.onnx"]
    for model in ("sam-vit-b", "sam-vit-l", "sam-vit-h", "mobile-sam-torch", "u2net"):
        assert [weight.name for weight in manifest.for_model(model)] == [model]
    assert len({weight.file for weight in manifest.weights.values()}) == len(manifest.names)
    for weight in manifest.weights.values():
        for source in weight.sources:
            assert not isinstance(source, UrlSource) or source.url.startswith("https://")


def test_what_the_repository_ships_is_what_its_manifest_says() -> None:
    manifest = Manifest.load(FOLDER / "manifest.toml")
    shipped = {weight.file: name for name, weight in manifest.weights.items() if weight.shipped}
    present = {path.name for path in FOLDER.glob("foreground-*.onnx")}
    assert present == shipped.keys()
    store = Store(Path("elsewhere"), manifest)
    assert {store.path(name).name for name in shipped.values()} == present


def test_a_model_is_its_row_or_the_weight_of_its_name(tmp_path: Path) -> None:
    manifest = load(tmp_path)
    assert [weight.name for weight in manifest.for_model("both")] == ["a", "b"]
    assert manifest.for_model("a") == (manifest.entry("a"),)
    with pytest.raises(WeightsError, match="no weights are called c; there are: a, b"):
        manifest.for_model("c")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("bytes = 3", "bytes = 0", "a.bytes: Input should be greater than 0"),
        ("bytes = 3", "size = 3", "a.bytes: Field required; a.size: Extra inputs"),
        ('file = "a.onnx"', 'file = "../a.onnx"', "a.file: String should match"),
        ("https://example", "http://example", r"a.sources.0.UrlSource.url: String should match"),
        ("a@1.0.0", "a", r"a.sources.1.NpmSource.npm: String should match"),
        ("ba7816", "BA7816", "a.sha256: String should match"),
        ("shipped = true", "", "b is either shipped or has sources"),
        ('"b"]', '"c"]', "model both does not fit its weights"),
        ("both =", "a =", "model a does not fit its weights"),
        ("[models]", "[models", "cannot be used"),
    ],
)
def test_a_wrong_manifest_is_refused_with_the_place(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    assert old in GOOD
    with pytest.raises(WeightsError, match=complaint):
        load(tmp_path, GOOD.replace(old, new, 1))


def test_a_missing_manifest_is_told(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="No such file"):
        Manifest.load(tmp_path / "manifest.toml")


def test_the_store_tells_missing_partial_bad_and_ok_apart(tmp_path: Path) -> None:
    store = Store(tmp_path, load(tmp_path))
    assert store.state("a") is State.MISSING
    store.part("a").write_bytes(b"a")
    assert store.state("a") is State.PARTIAL
    for wrong in (b"ab", b"abd"):
        store.place("a").write_bytes(wrong)
        assert store.state("a") is State.BAD
    store.place("a").write_bytes(b"abc")
    assert store.state("a") is State.OK
    assert store.path("a") == tmp_path / "a.onnx"


def test_a_file_is_hashed_once_and_again_when_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path, load(tmp_path))
    store.place("a").write_bytes(b"abc")
    spy = Mock(wraps=hashlib.file_digest)
    monkeypatch.setattr(hashlib, "file_digest", spy)
    for _ in range(3):
        store.path("a")
    assert spy.call_count == 1
    store.place("a").write_bytes(b"abd")
    os.utime(store.place("a"), ns=(1, 1))
    with pytest.raises(WeightsError, match="has the SHA-256"):
        store.path("a")


def test_a_missing_file_comes_with_all_it_takes_to_get_it_by_hand(tmp_path: Path) -> None:
    store = Store(tmp_path / "weights", load(tmp_path))
    with pytest.raises(WeightsError) as caught:
        store.path("a")
    assert str(caught.value).splitlines() == [
        f"{tmp_path}/weights/a.onnx is missing.",
        "Fetch it with `vitrina weights fetch a`. Without a network: on another",
        "machine, get it from one of",
        "  https://example.org/a.onnx",
        "  `npm pack @scope/a@1.0.0`, file package/a.onnx in the archive",
        "make sure that it has 3 bytes and the SHA-256",
        "  ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        f"and save it as {tmp_path}/weights/a.onnx",
    ]


def test_a_shipped_file_lies_beside_the_manifest(tmp_path: Path) -> None:
    store = Store(tmp_path / "elsewhere", load(tmp_path))
    assert store.place("b") == tmp_path / "b.onnx"
    with pytest.raises(WeightsError, match=r"is missing.\nIt belongs to the repository"):
        store.path("b")
