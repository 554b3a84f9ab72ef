"""A sweep as the viewer draws it: a map with the colours of its outcomes, and names that can be printed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from retrograd.errors import RefusedError
from retrograd.plots import COLOURS
from retrograd.views.maps import map_of
from retrograd.views.plain import MOST_NAME, Plain
from retrograd.views.text import printable

if TYPE_CHECKING:
    import xarray

MOST_PLACES = 100_000
"""A map of more places is too much for a page."""


def drawable(result: xarray.Dataset) -> Plain:
    """Return a sweep as the viewer draws it: a map with the colours of its outcomes.

    Raises:
        RefusedError: It has too many places.
    """
    drawn = map_of(result)
    count = math.prod(len(axis["values"]) for axis in drawn["axes"])
    if count > MOST_PLACES:
        raise RefusedError(f"a map of {count} places is too much for a page; at most {MOST_PLACES} are shown")
    meanings = result["outcome"].attrs["flag_meanings"]
    axes = [axis | {"name": printable(axis["name"])[:MOST_NAME]} for axis in drawn["axes"]]
    limit_of = None if drawn["limit_of"] is None else printable(drawn["limit_of"])[:MOST_NAME]
    start = str(result.attrs.get("start", ""))
    return drawn | {"axes": axes, "limit_of": limit_of, "colours": [COLOURS[m] for m in meanings], "start": start}
