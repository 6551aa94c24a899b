"""Path tracing by Mitsuba 3: how much light falls where, and what each pixel shows."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import mitsuba as mi
import numpy as np

from backgrounds.studio import gobos, shapes
from backgrounds.studio.camera import Camera, Geometry

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from backgrounds.studio.recipe import Finish, Recipe
    from backgrounds.studio.shapes import Mesh

mi.set_variant("scalar_rgb")

SOFTBOX_AWAY = 7.0
SUN_AWAY = 24.0
GOBO_AWAY = {"front": 3.6, "above": 5.0}
"""Units from the product to what shades it."""
NEAREST = 6.2
"""Units from the camera up to which it sees nothing: what shades the scene hangs before it."""
LOWER = 1.3
"""How much lower it hangs where its shadow is to fall on the floor instead of the wall."""
MIDDLE = {"type": "stratified", "sample_count": 1, "jitter": False}
"""One ray a pixel, through its middle."""
DEPTH = 4
"""Bounces of light."""


@dataclass(frozen=True, slots=True)
class Part:
    """One shape: its mesh, finish and mean albedo; a glossy one has no texture."""

    mesh: Mesh
    finish: Finish
    albedo: NDArray[Any]
    is_glossy: bool = False


def parts_of(recipe: Recipe, linear: dict[str, NDArray[Any]]) -> list[Part]:
    """Build the recipe's shapes; ``linear`` maps #rrggbb to linear RGB. The floor comes first."""

    def part(mesh: Mesh, finish: Finish, *, is_glossy: bool = False) -> Part:
        colours = [linear[colour] for colour in finish.colours]
        mean = colours[0] if finish.texture != "wood" else 0.6 * colours[0] + 0.4 * colours[1]
        return Part(mesh, finish, np.clip(mean, 0.02, 0.88), is_glossy)

    drop = recipe.drop
    if recipe.view == "above":
        built = [part(shapes.plane(-9, 0, 9, 0), recipe.floor)]
    elif recipe.kind == "sweep":
        built = [part(shapes.sweep(recipe.back, drop), recipe.floor)]
    else:
        edge = recipe.back
        built = [part(shapes.plane(-9, -drop, edge, -drop), recipe.floor)]
        behind = edge if recipe.kind == "room" else edge + 1.6
        below = -drop if recipe.kind == "room" else -4.0
        built.append(part(shapes.plane(behind, below, behind, 9), recipe.wall))
    built += [
        part(shapes.SHAPES[prop.shape](prop.numbers, drop), prop.finish, is_glossy=prop.is_glossy)
        for prop in recipe.props
    ]
    return built


def towards(recipe: Recipe) -> NDArray[Any]:
    """Return the unit vector from the product to the key light."""
    azimuth, elevation = np.radians(recipe.key.azimuth), np.radians(recipe.key.elevation)
    level = np.cos(elevation)
    return np.array([-np.sin(azimuth) * level, -np.cos(azimuth) * level, np.sin(elevation)])


def lights(recipe: Recipe) -> dict[str, Any]:
    """Build the key, which gives an irradiance of 1 on the floor, and the light all round."""
    key = recipe.key
    far = SUN_AWAY if key.gobo else SOFTBOX_AWAY
    direction = towards(recipe)
    radius = far * np.tan(np.radians(key.size))
    radiance = far**2 / (np.pi * radius**2 * direction[2])
    matrix = mi.ScalarTransform4f()
    where = matrix.look_at(origin=list(far * direction), target=[0, 0, 0], up=[0, 0, 1])
    colour = np.asarray(key.colour)
    return {
        "key": {
            "type": "disk",
            "to_world": where @ matrix.scale(float(radius)),
            "emitter": {
                "type": "area",
                "radiance": {"type": "rgb", "value": list(radiance * colour)},
            },
        },
        "around": {
            "type": "constant",
            "radiance": {"type": "rgb", "value": [key.ambient / np.pi] * 3},
        },
    }


def scene(
    recipe: Recipe, parts: list[Part], folder: Path, extra: dict[str, Any] | None = None
) -> Any:
    """Load a recipe into Mitsuba. Parts are numbered as listed."""
    listed: dict[str, Any] = {"type": "scene"}
    for number, part in enumerate(parts):
        path = folder / f"{number}.obj"
        part.mesh.write(path)
        value = {"type": "rgb", "value": [float(v) for v in part.albedo]}
        bsdf: dict[str, Any] = {"type": "diffuse", "reflectance": value}
        if part.is_glossy:
            bsdf = {"type": "roughplastic", "diffuse_reflectance": value, "alpha": 0.12}
        listed[f"a{number:02d}"] = {
            "type": "obj",
            "filename": str(path),
            "face_normals": not part.mesh.is_smooth,
            "bsdf": {"type": "twosided", "inner": bsdf},
        }
    listed |= lights(recipe)
    if recipe.key.gobo:
        drawn = gobos.window() if recipe.key.gobo == "window" else gobos.leaves()
        path = folder / "gobo.obj"
        if recipe.view == "above":
            drawn = [polygon - (0.0, LOWER) for polygon in drawn]
        gobos.placed(drawn, towards(recipe), GOBO_AWAY[recipe.view]).write(path)
        black = {"type": "diffuse", "reflectance": {"type": "rgb", "value": 0.3}}
        listed["z-gobo"] = {
            "type": "obj",
            "filename": str(path),
            "face_normals": True,
            "bsdf": {"type": "twosided", "inner": black},
        }
    return mi.load_dict(listed | (extra or {}), optimize=False)


def sensor(camera: Camera, side: int, sampler: dict[str, Any]) -> Any:
    """Load a camera whose picture is a square of ``side`` pixels."""
    return mi.load_dict(
        {
            "type": "perspective",
            "fov": camera.field,
            "near_clip": NEAREST,
            "to_world": mi.ScalarTransform4f().look_at(
                origin=list(camera.eye), target=list(camera.target), up=list(camera.up)
            ),
            "film": {
                "type": "hdrfilm",
                "width": side,
                "height": side,
                "rfilter": {"type": "box"},
                "pixel_format": "rgb",
            },
            "sampler": sampler,
        }
    )


def radiance(loaded: Any, camera: Camera, side: int, samples: int) -> NDArray[Any]:
    """Trace the light that reaches the camera: (side, side, 3) float32, noisy."""
    integrator = mi.load_dict({"type": "path", "max_depth": DEPTH})
    sampler = {"type": "independent", "sample_count": samples}
    seen = sensor(camera, side, sampler)
    traced = mi.render(loaded, sensor=seen, integrator=integrator, spp=samples)
    return np.array(traced, np.float32)[:, :, :3]


def parts_seen(loaded: Any, camera: Camera, side: int) -> NDArray[Any]:
    """Find which part is seen at each pixel's middle: (side, side) int."""
    integrator = mi.load_dict({"type": "aov", "aovs": "i:shape_index"})
    traced = mi.render(loaded, sensor=sensor(camera, side, MIDDLE), integrator=integrator, spp=1)
    return numbered(loaded, np.array(traced, np.float32)[:, :, -1])


def numbered(loaded: Any, index: NDArray[Any]) -> NDArray[Any]:
    """Turn Mitsuba's numbers of shapes, of which 0 is nothing, into those of the parts."""
    names = ["", *(shape.id() for shape in loaded.shapes())]
    numbers = np.array([int(name[1:]) if name[:1] == "a" else -1 for name in names])
    return np.asarray(numbers[np.rint(index).astype(int)])


def geometry(loaded: Any, camera: Camera, side: int) -> Geometry:
    """Find what is seen in each pixel, at its middle on whatever surface is there."""
    integrator = mi.load_dict({"type": "aov", "aovs": "p:position,n:sh_normal,i:shape_index"})
    seen = sensor(camera, side, MIDDLE)
    traced = np.array(mi.render(loaded, sensor=seen, integrator=integrator, spp=1), np.float32)
    traced = traced[:, :, -7:]
    position, normal = traced[:, :, :3], traced[:, :, 3:6]
    rays = camera.rays(side)
    normal = np.where((rays * normal).sum(2, keepdims=True) > 0, -normal, normal)
    eye = np.asarray(camera.eye, np.float32)
    along = ((position - eye) * normal).sum(2) / np.minimum((rays * normal).sum(2), -1e-3)
    return Geometry(numbered(loaded, traced[:, :, 6]), eye + rays * along[:, :, None], normal)


def temporary() -> tempfile.TemporaryDirectory[str]:
    """Make a folder for meshes."""
    return tempfile.TemporaryDirectory(prefix="scene-")
