"""`vitrina bench`: how fast this installation is, every figure as a ratio within one run."""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from io import BytesIO
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime as ort
from PIL import Image
from rich.console import Console

from pipeline.backdrops import Backdrops
from pipeline.foreground.parts import OPTIONS
from pipeline.inference import Models, encode
from pipeline.model.embedding_cache import Embeddings
from pipeline.model.executor import Executor
from pipeline.model.hosts import Work
from pipeline.photo.pool import Decoders
from pipeline.sam.mask_generator import generate_masks
from pipeline.sam.onnx import OnnxSam
from pipeline.sam.preprocess import fit, square
from pipeline.selection import Selection
from pipeline.studio import Studio
from vitrina.commands import bench_peers as peers
from vitrina.commands.bench_memory import WARM, different, walk
from vitrina.commands.bench_report import Report, seconds
from vitrina.cores import cores
from vitrina.studio import hosts, load_models

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipeline.values import Pixels
    from vitrina.settings import Settings

SIDE = 1280
PHOTOS = 32
START = "from vitrina.studio import load_models; from vitrina.settings import read_settings; "
START += "load_models(read_settings())"


@dataclass(frozen=True, slots=True)
class BenchOptions:
    """What to measure, and how often."""

    photo: Path
    repeats: int = 5
    u2net: Path | None = None
    isnet: Path | None = None
    memory_photos: int = 2 * WARM
    official: bool = False


def run(settings: Settings, options: BenchOptions, target: Path | None) -> None:
    """Measure, print the table, and write it as JSON to ``target``."""
    console = Console()
    report = Report()
    photo = Image.open(options.photo).convert("RGB")
    scale = SIDE / max(photo.size)
    pixels = np.asarray(photo.resize((round(photo.width * scale), round(photo.height * scale))))
    with console.status("loading"):
        models = load_models(settings)
    report.machine = {
        "device": models.sam.device,
        "model": models.sam.name,
        "cores": cores(),
        "onnxruntime": ort.__version__,
        "picture": f"{pixels.shape[1]}x{pixels.shape[0]}",
    }
    steps: tuple[tuple[str, Callable[[], None]], ...] = (
        ("one photo", lambda: _one_photo(report, settings, models, pixels, options.repeats)),
        ("memory", lambda: _memory_growth(report, settings, models, pixels, options.memory_photos)),
        ("numbered parts", lambda: _parts(report, models, pixels, options.repeats)),
        ("peers", lambda: _peers(report, models, pixels, options)),
        ("start", lambda: _start(report)),
        ("workers", lambda: _workers(report, settings, pixels)),
    )
    try:
        for name, step in steps:
            with console.status(name):
                step()
    finally:
        # What was measured before something failed took minutes.
        console.print(report.table())
    if target is not None:
        rows = [asdict(row) for row in report.rows]
        target.write_text(json.dumps({"machine": report.machine, "rows": rows}, indent=2) + "\n")


def _one_photo(
    report: Report, settings: Settings, models: Models, pixels: Pixels, repeats: int
) -> None:
    """Time the floor, the whole way and its steps, turn by turn."""
    fitted = fit(pixels)
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=90)
    backdrops = Backdrops(settings.backgrounds_dir)
    backdrop = backdrops.load(backdrops.names[0])
    executor: Executor[Models] = Executor()
    decoders = Decoders()
    studio = Studio(executor, backdrops, Embeddings(), decoders)
    bare = _bare(models, fitted)
    times: dict[str, list[float]] = {}

    def timed(name: str, call: Callable[..., Any], *given: object) -> Any:
        start = time.perf_counter()
        result = call(*given)
        times.setdefault(name, []).append(time.perf_counter() - start)
        return result

    with decoders:
        for _ in range(repeats + 1):
            timed("bare encoder", bare)
            photo = timed("decode", studio.decode, buffer.getvalue())
            embedding = timed("encode", models.sam.encode, photo.pixels)
            choice = timed("choose", models.segmenter, models.sam, photo.pixels, embedding)
            mask = Selection.of(choice)
            cut_out = timed("cut out", studio.cut_out, photo, mask)
            timed("compose, JPEG", studio.render, cut_out, backdrop)
    middle = {name: median(runs[1:]) for name, runs in times.items()}
    floor = middle.pop("bare encoder")
    report.add("bare encoder", floor, 1.0)
    for name, took in middle.items():
        report.add(f"{name} / bare encoder", took, took / floor)
    whole = sum(middle.values())
    report.add("photo in, JPEG out / bare encoder", whole, whole / floor, most=1.5)
    several = seconds(lambda: models.sam.encode_all([fitted] * 4), 2) / 4
    with closing(Executor(_Loaded(models), capacity=PHOTOS + 1)) as running:
        running.start()
        work: Work[Models, Pixels, Any] = Work(encode, most=settings.batch)
        start = time.perf_counter()
        for future in [running.submit(work, fitted) for _ in range(PHOTOS)]:
            future.result()
        took = (time.perf_counter() - start) / PHOTOS
    report.add(
        f"{PHOTOS} through the executor, throughput / encode", took, several / took, least=0.9
    )


class _Loaded:
    """A host for a model that is loaded already."""

    def __init__(self, models: Models) -> None:
        self._models = models

    def start(self) -> None:
        """There is nothing to do."""

    def run(self, work: Work[Models, Any, Any], items: Any, *, spare: bool = False) -> Any:
        """Do the work."""
        del spare
        return work.run(self._models, items)

    def close(self) -> None:
        """Leave the model to its owner."""


def _bare(models: Models, fitted: Pixels) -> Callable[[], object]:
    """Return the encoder's call on a prepared picture; with torch, preparation included."""
    sam = models.sam
    if not isinstance(sam, OnnxSam):
        return lambda: sam.encode(fitted)
    prepared = square(fitted)
    return lambda: sam.embed(prepared)


def _memory_growth(
    report: Report, settings: Settings, models: Models, pixels: Pixels, number: int
) -> None:
    """See whether memory grows over many photos of different sizes that go the whole way."""
    backdrops = Backdrops(settings.backgrounds_dir)
    with closing(Executor(_Loaded(models))) as executor, Decoders() as decoders:
        executor.start()
        studio = Studio(executor, backdrops, Embeddings(), decoders)
        taken = asyncio.run(walk(studio, studio.preset(backdrops.names[0]), pixels, number))
    warm = max(taken[:WARM])
    report.add(
        f"most RSS over {number} photos / over the first {WARM}, GB",
        max(taken) / 1e9,
        max(taken) / warm,
        most=1.05,
    )
    report.add(f"RSS after {number} photos, GB", taken[-1] / 1e9)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    report.add("peak RSS, GB", peak / 1e9)


def _parts(report: Report, models: Models, pixels: Pixels, repeats: int) -> None:
    """Time the numbered parts of one photo, by the clock and of the cores."""
    embedding = models.sam.encode(pixels)
    foreground = models.head(embedding)

    def found() -> None:
        generate_masks(models.sam, embedding, OPTIONS, foreground=foreground)

    took = seconds(found, repeats)
    floor = next(row.seconds for row in report.rows if row.name == "bare encoder")
    report.add("numbered parts / bare encoder", took, took / floor)
    start = time.process_time()
    found()
    report.add("numbered parts, core-seconds", time.process_time() - start)


def _peers(report: Report, models: Models, pixels: Pixels, options: BenchOptions) -> None:
    if options.official:
        ours, official = peers.predictor(models, pixels, options.repeats)
        report.add("official SamPredictor / ours, a photo and a box", ours, official / ours)
    for name, path in (("u2net", options.u2net), ("isnet", options.isnet)):
        if path is not None:
            floor = next(row.seconds for row in report.rows if row.name.startswith("photo in"))
            took = seconds(peers.rembg(name, path, pixels), options.repeats)
            report.add(f"rembg {name} / our whole way", took, took / floor)


def _start(report: Report) -> None:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", START], check=True)  # noqa: S603 - ourselves
    took = time.perf_counter() - start
    report.add("start to ready, seconds", took, took, most=3)


def _workers(report: Report, settings: Settings, pixels: Pixels) -> None:
    """Compare one model process with two, each with its share of the cores."""
    rates = []
    for number in (1, 2):
        several = settings.model_copy(update={"model_processes": number})
        with closing(Executor(*hosts(several), capacity=PHOTOS)) as executor:
            executor.start()
            work: Work[Models, Pixels, Any] = Work(encode)
            pictures = [fit(one) for one in different(pixels, 12)]
            start = time.perf_counter()
            for future in [executor.submit(work, picture) for picture in pictures]:
                future.result()
            rates.append((time.perf_counter() - start) / len(pictures))
    report.add("2 model processes, throughput / 1", rates[1], rates[0] / rates[1])
