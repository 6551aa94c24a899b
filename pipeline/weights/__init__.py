"""The models' weights: what they must be, where they lie, how they are fetched.

Nothing here opens a weights file as anything but bytes.
"""

from __future__ import annotations

from pipeline.weights.fetch import fetch
from pipeline.weights.manifest import Manifest, Network, NpmSource, Source, UrlSource, Weight
from pipeline.weights.store import State, Store
from pipeline.weights.web import Progress

__all__ = [
    "Manifest",
    "Network",
    "NpmSource",
    "Progress",
    "Source",
    "State",
    "Store",
    "UrlSource",
    "Weight",
    "fetch",
]
