"""Measure the head side by side: photos learnt from, tuned on, and kept apart; the peers beside."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch

from pipeline.errors import NothingFoundError
from pipeline.foreground.choose import choose
from pipeline.foreground.head import place
from pipeline.foreground.measure import iou, summary
from pipeline.foreground.saliency import on_square
from pipeline.sam import GRID, LOW_RES
from training.plan import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from pipeline.foreground.saliency import Saliency
    from pipeline.sam import Embedding, Sam
    from training.lessons import Lesson
    from training.model import HeadNetwork

BEST_OF = (3, 5)
HALF = 127


@torch.no_grad()
def mean_iou(network: HeadNetwork, lessons: Sequence[Lesson]) -> float:
    """Average the IoU of the network's own outline over lessons."""
    ious = []
    for lesson in lessons:
        embedding = lesson.embedding()
        rows, columns = embedding.valid(LOW_RES)
        where = torch.from_numpy(place(*embedding.valid(GRID)))[None]
        logits = network(torch.from_numpy(embedding.features)[None], where)[0, 0].numpy()
        truth = lesson.label().product[:rows, :columns] > HALF
        ious.append(iou(logits[:rows, :columns] > 0, truth))
    return float(np.mean(ious))


@dataclass(slots=True)
class Group:
    """IoUs of every way on one kind of photo in one split."""

    objects: list[str] = field(default_factory=list)
    ways: dict[str, list[float]] = field(default_factory=dict)

    def add(self, item: str, ious: dict[str, float]) -> None:
        """Take in one photo."""
        self.objects.append(item)
        for way, value in ious.items():
            self.ways.setdefault(way, []).append(value)


def measure(
    sam: Sam,
    head: Callable[[Embedding], NDArray[np.float32]],
    peers: Mapping[str, Saliency],
    lessons: Iterable[tuple[Lesson, Path]],
) -> dict[tuple[str, str], Group]:
    """Measure every way on each lesson and its picture; groups by kind and split."""
    groups: dict[tuple[str, str], Group] = {}
    for lesson, path in lessons:
        embedding, label = lesson.embedding(), lesson.label()
        rows, columns = embedding.valid(LOW_RES)
        seen = np.s_[:rows, :columns]
        truth = label.product[seen] > HALF
        pixels = read(path)
        ious = {
            name: iou(on_square(peer(pixels), embedding)[seen] > 0.5, truth)
            for name, peer in peers.items()
        }
        ious["head"] = iou(head(embedding)[seen] > 0, truth)
        try:
            found = [
                iou(candidate.logits[seen] > 0, truth)
                for candidate in choose(sam, embedding, head, search=True).candidates
            ]
        except NothingFoundError:
            found = [0.0]
        ious["choice"] = found[0]
        ious |= {f"best of {count}": max(found[:count]) for count in BEST_OF}
        groups.setdefault((lesson.kind, lesson.split), Group()).add(lesson.item, ious)
    return groups


def table(groups: dict[tuple[str, str], Group]) -> str:
    """Write the measurements as a Markdown table: mean IoU [95 % interval] / share above 0.9."""
    ways = list(next(iter(groups.values())).ways)
    lines = [
        "| Photos | Split | Count | " + " | ".join(ways) + " |",
        "|" + "---|" * (3 + len(ways)),
    ]
    for (kind, split), group in sorted(groups.items()):
        cells = [str(summary(group.ways[way], group.objects)) for way in ways]
        lines.append(f"| {kind} | {split} | {len(group.objects)} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
