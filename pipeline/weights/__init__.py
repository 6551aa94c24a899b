"""The models' weights: what they must be, where they lie, how they are fetched.

Nothing here opens a weights file as anything but bytes. What fetches them, `fetch`, is imported by
itself: it brings a client of HTTP along, for which no start has to wait.
"""

from __future__ import annotations

from pipeline.weights.manifest import Manifest, Network, NpmSource, Source, UrlSource, Weight
from pipeline.weights.store import State, Store

__all__ = [
    "Manifest",
    "Network",
    "NpmSource",
    "Source",
    "State",
    "Store",
    "UrlSource",
    "Weight",
]
