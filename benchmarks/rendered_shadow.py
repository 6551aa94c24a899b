"""How near a composed shadow is to a path-traced one. ``python -m benchmarks.rendered_shadow``.

Simple objects are rendered in our scenes by Mitsuba, with the shadow that they truly cast. The
same silhouettes are composed on the empty scenes. Printed is the RMSE, in eight-bit levels of
sRGB, where any of the shadows falls: of no shadow, of the rule that knew no scene, and of ours;
"smaller by" is the mean of the pictures', not of the sums. No number of ours was ever fitted on the
objects and scenes that are kept apart. Needs the extra ``studio``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np

from backgrounds.studio import finish, shapes, tracing
from backgrounds.studio.__main__ import clean, told
from backgrounds.studio.camera import Camera, Geometry
from backgrounds.studio.recipe import Finish, recipes
from pipeline.compose.framing import SOLID_ALPHA, Layer
from pipeline.compose.linear import WHITE, encoding
from pipeline.compose.shadow import FOOT_SHARE, blurred, cast, on_map, shifted
from pipeline.masks import between, extent
from pipeline.scenes import scene_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from backgrounds.studio.recipe import Recipe
    from backgrounds.studio.shapes import Mesh

SIDE = 128
"""Pixels of a side."""
STRENGTH = 0.9
"""The strength that the presets give."""
STRENGTH_BEFORE = 0.85
"""... and that it gave before."""
FELT = 0.03
"""Depth from which a pixel counts as shadow."""
ORIGIN = (0.0, 0.0, 0.0)
GREY = Finish(("#bcbcbc",))


class Row(NamedTuple):
    """Root mean square errors in eight-bit levels."""

    nothing: float
    before: float
    now: float


def turned(*points: tuple[float, float]) -> Mesh:
    """Turn an outline of (radius, z), a spline through points, about the product's axis."""
    line = np.array(points)
    at = np.linspace(0, len(line) - 1, 60)
    outline = np.stack([np.interp(at, range(len(line)), line[:, axis]) for axis in (0, 1)], -1)
    return shapes.turned(outline, 0.0, 0.0)


def box(
    wide: float, deep: float, high: float, turn: float = 18, at: tuple[float, float, float] = ORIGIN
) -> Mesh:
    """Make a box ``at`` a place of the floor or above it, turned by some degrees."""
    corners = np.array([(x, y) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))]) / 2
    corners = corners * (wide, deep)
    angle = np.radians(turn)
    cosine, sine = np.cos(angle), np.sin(angle)
    corners = corners @ np.array([[cosine, sine], [-sine, cosine]])
    rows = [np.insert(corners, 2, z, axis=1) for z in (0.0, high)]
    below, above = (np.broadcast_to([0.0, 0.0, z], rows[0].shape) for z in (0.0, high))
    return moved(shapes.grid(np.stack([below, *rows, above]))._replace(is_smooth=False), *at)


def ball(radius: float, *at: float) -> Mesh:
    """Make a ball whose lowest point is ``at`` a place."""
    up = np.linspace(0, np.pi, 30)
    return moved(turned(*(radius * np.stack([np.sin(up), 1 - np.cos(up)], -1))), *at)


def ring(radius: float, thick: float, high: float) -> Mesh:
    """Make an upright ring that is seen from its side, its middle at a height."""
    along, around = np.meshgrid(*(np.linspace(0, 2 * np.pi, n) for n in (49, 17)), indexing="ij")
    reach = radius + thick * np.cos(around)
    net = np.stack(
        [reach * np.cos(along), thick * np.sin(around), high + reach * np.sin(along)], axis=-1
    )
    return shapes.grid(net)


def lying(mesh: Mesh, radius: float) -> Mesh:
    """Lay a turned mesh down across the picture, on its side."""
    x, y, z = mesh.vertices.T
    return mesh._replace(vertices=np.stack([z - z.max() / 2, y, x + radius], axis=-1))


def moved(mesh: Mesh, x: float, y: float, z: float = 0.0) -> Mesh:
    """Move a mesh."""
    return mesh._replace(vertices=mesh.vertices + np.array([x, y, z]))


def joined(*meshes: Mesh) -> Mesh:
    """Make one mesh of several."""
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    return shapes.Mesh(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate([m.triangles + at for m, at in zip(meshes, starts, strict=False)]),
        meshes[0].is_smooth,
    )


OBJECTS = {
    "bottle": turned((0, 0), (0.19, 0), (0.19, 0.75), (0.07, 0.95), (0.07, 1.25), (0, 1.25)),
    "jar": turned((0, 0), (0.3, 0), (0.3, 0.55), (0, 0.55)),
    "bowl": turned((0, 0), (0.2, 0), (0.45, 0.2), (0.5, 0.36), (0, 0.36)),
    "cone": turned((0, 0), (0.4, 0), (0, 1.0)),
    "ball": ball(0.4, 0, 0),
    "carton": box(0.5, 0.35, 0.85),
    "book": box(0.65, 0.12, 0.9),
    "tin": box(0.8, 0.5, 0.3),
    "vase": turned((0, 0), (0.16, 0), (0.3, 0.35), (0.26, 0.6), (0.1, 0.85), (0.16, 1.0), (0, 1.0)),
    "stool": joined(
        box(0.7, 0.5, 0.08, 12, (0, 0, 0.6)),
        *(box(0.07, 0.07, 0.6, 12, (x, y, 0)) for x in (-0.28, 0.28) for y in (-0.18, 0.18)),
    ),
    "bag": joined(box(0.8, 0.25, 0.55, 8), moved(ring(0.2, 0.02, 0.0), 0, 0, 0.6)),
    "teddy": joined(
        ball(0.28, 0, 0),
        ball(0.2, 0, 0, 0.48),
        *(ball(0.1, x, -0.22) for x in (-0.2, 0.2)),
        *(ball(0.07, x, 0, 0.8) for x in (-0.15, 0.15)),
    ),
}
KEPT_APART = {
    "plate": turned((0, 0), (0.3, 0), (0.6, 0.08), (0, 0.08)),
    "tumbler": turned((0, 0), (0.17, 0), (0.22, 0.5), (0, 0.5)),
    "candlestick": turned((0, 0), (0.22, 0), (0.22, 0.04), (0.05, 0.1), (0.05, 0.8), (0, 0.8)),
    "roll": lying(turned((0, 0), (0.15, 0), (0.15, 0.9), (0, 0.9)), 0.15),
    "tower": box(0.28, 0.28, 1.2, 35),
    "lamp": turned(
        (0, 0), (0.2, 0), (0.2, 0.05), (0.04, 0.1), (0.04, 0.6), (0.4, 0.6), (0.2, 1), (0, 1)
    ),
    "pair": joined(
        *(
            moved(turned((0, 0), (0.13, 0), (0.13, 0.6), (0, 0.7)), x, y)
            for x, y in ((-0.25, 0.1), (0.2, -0.1))
        )
    ),
    "frame": box(0.7, 0.05, 0.9, 4),
}
"""Objects that no number of the shadow was ever fitted on."""
FITTED = ("blue", "on-oak", "graphite", "podium-white")
APART = ("beige", "on-marble", "podium-steps", "leaf-shadow")
"""Scenes that it was fitted on, and others."""


def main() -> int:
    """Print one line a scene, and one of all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", nargs="+", default=[*FITTED, *APART])
    parser.add_argument("--objects", nargs="+", default=[*OBJECTS, *KEPT_APART])
    parser.add_argument("--samples", type=int, default=20)
    parser.add_argument("--pictures", type=Path, help="a folder for pictures to look at")
    given = parser.parse_args()
    rows: dict[tuple[str, str], Row] = {}
    print("scene               no shadow   before   now   smaller by")
    for name in given.scenes:
        mine = measured(name, given.objects, given.samples, given.pictures)
        rows |= {(name, label): row for label, row in mine.items()}
        print(line(name, list(mine.values())), flush=True)
    for title, objects in (("fitted", OBJECTS), ("kept apart", KEPT_APART)):
        for among, scenes in (("fitted", FITTED), ("kept apart", APART)):
            part = [
                row for (name, label), row in rows.items() if label in objects and name in scenes
            ]
            if part:
                print(f"{title} objects in {among} scenes")
                print(line(str(len(part)), part))
    print(line(f"all {len(rows)}", list(rows.values())))
    return 0


def line(name: str, rows: Sequence[Row]) -> str:
    """Sum rows up."""
    nothing, before, now = np.sqrt(np.mean(np.square(rows), axis=0))
    smaller = 100 * np.mean([1 - row.now / row.before for row in rows])
    return f"{name:19} {nothing:9.2f} {before:8.2f} {now:5.2f} {smaller:9.0f} %"


def measured(
    name: str, objects: Sequence[str], samples: int, folder: Path | None
) -> dict[str, Row]:
    """Render each object in a scene, and hold the composed shadows against it."""
    recipe = recipes()[name]
    camera = Camera.of(recipe)
    finishes = [recipe.floor, recipe.wall, GREY, *(prop.finish for prop in recipe.props)]
    linear = {c: finish.linear(c) for f in finishes for c in f.colours}
    parts = tracing.parts_of(recipe, linear)
    empty = traced(recipe, parts, camera, samples)
    level = np.percentile(empty[0].reshape(-1, 3), 62, axis=0)
    scene = scene_of(told(recipe, camera, empty[0], level))
    rows = {}
    for label in objects:
        grey = tracing.Part((OBJECTS | KEPT_APART)[label], GREY, np.full(3, 0.5))
        light, geometry = traced(recipe, [*parts, grey], camera, samples)
        product = geometry.part == len(parts)
        truth, ground = light * 0.8, empty[0] * 0.8
        exposure = 0.8 / np.percentile(ground, 95)
        plain = ground * exposure
        layer = whole(product)
        before = plain * (1 - STRENGTH_BEFORE * former(on_map(layer, (SIDE, SIDE))))[:, :, None]
        now = plain.copy()
        shadow = cast(layer, (SIDE, SIDE), "soft", STRENGTH, scene)
        if shadow is not None:
            high, wide = shadow.depth.shape
            kept = 1 - shadow.depth[:, :, None] * np.array(shadow.loss, np.float32)
            now[shadow.y : shadow.y + high, shadow.x : shadow.x + wide] *= kept
        pictures = [encoded(p) for p in (truth * exposure, plain, before, now)]
        lit = np.maximum(plain.mean(2), 1e-4)
        depth = [1 - p.mean(2) / lit for p in (truth * exposure, before, now)]
        near = cv2.dilate(product.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
        region = (np.max(depth, axis=0) > FELT) & ~near
        rows[label] = Row(*(rmse(pictures[0], p, region) for p in pictures[1:]))
        if folder is not None:
            for picture in pictures:
                picture[product] = 128
            strip = np.hstack(pictures).clip(0, 255).astype(np.uint8)
            cv2.imwrite(str(folder / f"{name}-{label}.png"), strip[:, :, ::-1])
    return rows


def traced(
    recipe: Recipe, parts: list[tracing.Part], camera: Camera, samples: int
) -> tuple[NDArray[Any], Geometry]:
    """Render at SIDE without textures: the light on each pixel, and what it shows."""
    with tracing.temporary() as folder:
        loaded = tracing.scene(recipe, parts, Path(folder))
        noisy = tracing.radiance(loaded, camera, SIDE, samples)
        geometry = tracing.geometry(loaded, camera, SIDE)
    mean = np.array([part.albedo for part in parts])
    return clean(np.asarray(noisy / mean[geometry.part], np.float32), geometry), geometry


def whole(product: NDArray[np.bool_]) -> Layer:
    """Make a layer of a mask that has the frame's size."""
    return Layer(np.zeros((*product.shape, 3), np.uint8), product.astype(np.float32), 0, 0)


def former(alpha: NDArray[Any]) -> NDArray[Any]:
    """Draw by the rule of version 0.2: one light for all scenes."""
    left, top, right, base = extent(between(alpha, SOLID_ALPHA, 1))
    high = max(1, base - top)
    unit = float(np.sqrt(max(1, (right - left) * high)))
    around = shifted(blurred(alpha, 0.03 * unit), 0.012 * unit, 0.02 * unit)
    far = shifted(blurred(alpha, 0.09 * unit), 0.05 * unit, 0.05 * unit)
    light = 1 - (1 - 0.25 * around) * (1 - 0.25 * far)
    near = np.clip((np.arange(len(alpha), dtype=np.float32) - base) / (FOOT_SHARE * high) + 1, 0, 1)
    foot = alpha * near[:, None]
    contact = shifted(blurred(foot, 0.014 * unit, 0.008 * unit), 0.002 * unit, 0.014 * unit)
    pool = shifted(blurred(foot, 0.06 * unit, 0.028 * unit), 0.03 * unit, 0.036 * unit)
    return np.asarray(1 - (1 - light) * (1 - 0.90 * contact) * (1 - 0.75 * pool))


def encoded(picture: NDArray[Any]) -> NDArray[Any]:
    """Encode linear light in 0..1 as sRGB levels, float64."""
    return np.asarray(encoding()[np.clip(picture * WHITE, 0, WHITE).astype(int)], float)


def rmse(truth: NDArray[Any], picture: NDArray[Any], region: NDArray[np.bool_]) -> float:
    """Return the root mean square difference within a region."""
    return float(np.sqrt(((truth - picture)[region] ** 2).mean()))


if __name__ == "__main__":
    sys.exit(main())
