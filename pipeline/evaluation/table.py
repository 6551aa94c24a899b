"""A report as a Markdown table: kinds of photo by segmenters, as the model card shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def table(document: Mapping[str, Any]) -> str:
    """Draw a report: mean IoU [95 % interval] / share above 0.9 / IoU without the rim.

    Of the offers, the box and the tap the means alone.
    """
    others = list(document["all"]["others"])
    heads = ["Photos", "Count", *others, f"**{document['way']}**"]
    heads += ["Best of 3 / 5", "With a box", "Asked", "Right where sure"]
    heads += ["A tap where below 0.8"]
    rows = [heads, ["---"] * len(heads)]
    for kind, group in [*document["kinds"].items(), ("all", document["all"])]:
        tap = group["first_tap_where_below_0.8"]
        rows.append(
            [
                kind or "photos",
                str(group["photos"]),
                *(cell(group["others"][name]) for name in others),
                cell(group),
                " / ".join(f"{group[f'best_of_{count}']['mean']:.3f}" for count in (3, 5)),
                f"{group['with_a_box']['mean']:.3f}",
                *(f"{100 * group['sure'][name]:.0f} %" for name in ("asked", "above_0.9")),
                f"{tap['gain']:+.2f} of {tap['photos']}" if tap["photos"] else "-",
            ]
        )
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def cell(group: Mapping[str, Any]) -> str:
    """Write what one way has on one kind of photo."""
    iou, core = group["iou"], group["core_iou"]
    interval = f"[{iou['low']:.2f}, {iou['high']:.2f}]"
    return f"{iou['mean']:.3f} {interval} / {100 * iou['above_0.9']:.0f} % / {core['mean']:.3f}"
