"""The meshes of the scenes: vertices (n, 3) float64 and triangles (m, 3) int64.

x runs to the right, y away from the camera, z up; the product stands at the origin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

WIDE = 12.0
"""How far walls and floors reach to either side."""
ROUND = 96
"""Corners of a circle."""


class Mesh(NamedTuple):
    """``is_smooth`` has the normals of neighbouring triangles run into each other."""

    vertices: NDArray[Any]
    triangles: NDArray[Any]
    is_smooth: bool = True

    def write(self, path: Path) -> None:
        """Write a Wavefront OBJ."""
        with path.open("w", encoding="ascii") as file:
            file.writelines(f"v {x:.6f} {y:.6f} {z:.6f}\n" for x, y, z in self.vertices)
            file.writelines(f"f {a} {b} {c}\n" for a, b, c in self.triangles + 1)


def grid(rows: NDArray[Any]) -> Mesh:
    """Join a (rows, columns, 3) net of points by triangles."""
    high, wide = rows.shape[:2]
    at = np.arange(high * wide).reshape(high, wide)
    a, b, c, d = at[:-1, :-1], at[:-1, 1:], at[1:, 1:], at[1:, :-1]
    triangles = np.concatenate(
        [np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)]
    )
    return Mesh(rows.reshape(-1, 3), triangles)


def profile(points: NDArray[Any]) -> Mesh:
    """Draw a line of (y, z) out to both sides."""
    across = np.array([-WIDE, WIDE])
    net = np.empty((len(points), 2, 3))
    net[:, :, 0] = across
    net[:, :, 1:] = points[:, None]
    return grid(net)


def sweep(back: float, drop: float, radius: float = 1.1) -> Mesh:
    """Build paper that lies on the floor and rises behind in a bend as wide as high: ``radius``.

    The bend sets in gradually, as hung paper's does: a circle's would show as a line.
    """
    share = np.linspace(0, 1, 97)
    angle = np.pi / 2 * share**2 * (3 - 2 * share)
    middles = (angle[:-1] + angle[1:]) / 2
    steps = np.cumsum(np.stack([np.cos(middles), np.sin(middles)], -1), axis=0)
    bend = np.concatenate([[[0.0, 0.0]], steps / steps[-1] * radius]) + np.array([back, -drop])
    return profile(np.concatenate([[[-9.0, -drop]], bend, [[back + radius, 9.0]]]))


def plane(y0: float, z0: float, y1: float, z1: float) -> Mesh:
    """Build a flat strip from one line to another."""
    return profile(np.array([[y0, z0], [y1, z1]]))


def turned(outline: NDArray[Any], x: float, y: float) -> Mesh:
    """Turn an outline of (radius, z) about an upright axis through (``x``, ``y``)."""
    angle = np.linspace(0, 2 * np.pi, ROUND + 1)
    net = np.empty((len(outline), len(angle), 3))
    net[:, :, 0] = x + outline[:, :1] * np.cos(angle)
    net[:, :, 1] = y + outline[:, :1] * np.sin(angle)
    net[:, :, 2] = outline[:, 1:]
    return grid(net)


def podium(numbers: Mapping[str, float], drop: float) -> Mesh:
    """Build a low drum with a rounded rim; its top is at ``top``, usually the product's floor."""
    radius, top, rim = numbers["radius"], numbers.get("top", 0.0), 0.025
    angle = np.linspace(0, np.pi / 2, 12)
    bend = np.stack([radius - rim + rim * np.sin(angle), top - rim + rim * np.cos(angle)], -1)
    line = np.concatenate([[[1e-4, top], [radius - rim - 1e-3, top]], bend, [[radius, -drop]]])
    return turned(line, numbers.get("x", 0.0), numbers.get("y", 0.0))


def ball(numbers: Mapping[str, float], drop: float) -> Mesh:
    """Build a ball on the floor, with ``ribs`` pressed into it where it has some: a pumpkin."""
    radius, flat = numbers["radius"], numbers.get("flat", 1.0)
    around = np.linspace(0, 2 * np.pi, 2 * ROUND + 1)
    up = np.linspace(0.001, np.pi - 0.001, ROUND)[:, None]
    ribs = 1 - numbers.get("depth", 0.0) * np.abs(np.cos(numbers.get("ribs", 0.0) / 2 * around))
    net = np.empty((ROUND, 2 * ROUND + 1, 3))
    net[:, :, 0] = numbers["x"] + radius * ribs * np.sin(up) * np.cos(around)
    net[:, :, 1] = numbers["y"] + radius * ribs * np.sin(up) * np.sin(around)
    dent = 1 - 0.35 * numbers.get("depth", 0.0) / 0.1 * np.exp(-((up / 0.35) ** 2))
    net[:, :, 2] = radius * flat * (1 + np.cos(up) * dent) - drop
    return grid(net)


def arch(numbers: Mapping[str, float], drop: float) -> Mesh:
    """Build a slab with a round top that stands upright, its front at ``y``."""
    half, high, y = numbers["width"] / 2, numbers["height"] - drop, numbers["y"]
    x, deep = numbers.get("x", 0.0), numbers.get("depth", 0.15)
    angle = np.linspace(0, np.pi, ROUND)
    edge = np.concatenate(
        [
            [[x + half, -drop]],
            np.stack([x + half * np.cos(angle), high - half + half * np.sin(angle)], -1),
            [[x - half, -drop]],
        ]
    )
    front = np.insert(edge, 1, y, axis=1)
    behind = np.insert(edge, 1, y + deep, axis=1)
    side = grid(np.stack([front, behind]))
    count = len(edge)
    middle = np.array([[x, y, high - half]])
    fan = np.stack(
        [np.full(count - 1, 2 * count), np.arange(count - 1), np.arange(1, count)], axis=-1
    )
    closing = np.array([[2 * count, count - 1, 0]])
    vertices = np.concatenate([side.vertices, middle])
    return Mesh(vertices, np.concatenate([side.triangles, fan, closing]), is_smooth=False)


def disc(numbers: Mapping[str, float], drop: float) -> Mesh:
    """Build a round upright panel, its front at ``y``, its middle at ``z``."""
    del drop
    angle = np.linspace(0, 2 * np.pi, 2 * ROUND)
    x, z = numbers.get("x", 0.0), numbers["z"]
    radius = np.array([1e-4, numbers["radius"], numbers["radius"]])[:, None]
    net = np.empty((3, 2 * ROUND, 3))
    net[:, :, 0] = x + radius * np.cos(angle)
    net[:, :, 1] = numbers["y"] + np.array([0, 0, 0.06])[:, None]
    net[:, :, 2] = z + radius * np.sin(angle)
    return grid(net)._replace(is_smooth=False)


def puck(numbers: Mapping[str, float], drop: float) -> Mesh:
    """Build a thin disc that lies on the floor."""
    thin = {"radius": numbers["radius"], "top": 0.03 - drop}
    return podium(thin | {key: numbers[key] for key in ("x", "y") if key in numbers}, drop)


SHAPES: dict[str, Callable[[Mapping[str, float], float], Mesh]] = {
    "arch": arch,
    "ball": ball,
    "disc": disc,
    "podium": podium,
    "puck": puck,
}
