"""A sweep as a map: plain data for a page, with one run for each place, which can be opened as a recording."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from retrograd.errors import DimensionError
from retrograd.plots import most_frequent

if TYPE_CHECKING:
    import xarray

SEED = "seed"


def map_of(result: xarray.Dataset) -> dict[str, Any]:
    """Return a sweep as a map over two numbers, or over one number and the seeds, ready to be written as JSON.

        found = map_of(result)
        column, row = 17, 4
        where = {axis["name"]: axis["values"][at] for axis, at in zip(found["axes"], (column, row))}
        if found["seed"] is not None:
            where["seed"] = found["seed"][row][column]
        run = retrograd.replay(recording, **run_of(recording, result, **where))

    Of several seeds at one place, one run stands for all: of those with the most frequent outcome, the one whose steps
    are in the middle.

    Returns:
        `axes`, across and then up, each with its `name` and `values` (one axis only where one number was swept, without
        seeds); `outcomes`, the words; and, for each place, as rows from the first value of the second axis on:
        `outcome` (a place in `outcomes`), `steps`, `final_loss` (None where it is no finite number) and `seed` (None if
        no seed was left to choose). Besides `max_steps`, `until`, and `limit` with the axis that it is `limit_of`, None
        where there is none.

    Raises:
        DimensionError: More than two numbers were swept.
    """
    numbers = [str(dim) for dim in result["steps"].dims if dim != SEED]
    if len(numbers) > 2:
        raise DimensionError(f"a map has two axes, but {', '.join(numbers)} were swept; select some of them first")
    chosen, seeds = _one_run_each(result, numbers)
    dims = [str(dim) for dim in chosen["steps"].dims]
    across, *up = [*numbers, *(dim for dim in dims if dim == SEED)]
    laid = chosen[["outcome", "steps", "final_loss"]].transpose(*up, across)
    rows = {name: np.atleast_2d(laid[name].values) for name in laid.data_vars}
    until, attrs = float(result.attrs.get("until", np.nan)), result.attrs
    return {
        "axes": [{"name": name, "values": result[name].values.tolist()} for name in (across, *up)],
        "outcomes": [word.replace("_", " ") for word in result["outcome"].attrs["flag_meanings"]],
        "outcome": rows["outcome"].tolist(),
        "steps": rows["steps"].tolist(),
        "final_loss": [[loss if math.isfinite(loss) else None for loss in row] for row in rows["final_loss"].tolist()],
        "seed": None if seeds is None else np.atleast_2d(seeds.transpose(*up, across).values).tolist(),
        "max_steps": int(attrs["max_steps"]),
        "until": until if np.isfinite(until) else None,
        "limit": attrs.get("limit_at_start"),
        "limit_of": attrs.get("limit_of"),
    }  # fmt: skip


def _one_run_each(result: xarray.Dataset, numbers: list[str]) -> tuple[xarray.Dataset, xarray.DataArray | None]:
    """Return one run for each place of a map, and its seed, if there was one to choose."""
    if SEED not in result.dims or len(numbers) < 2:
        return result, None
    import xarray

    outcome = result["outcome"].transpose(*numbers, SEED).values
    steps = result["steps"].transpose(*numbers, SEED).values
    frequent = most_frequent(result, numbers)[..., None]
    # The others are put behind those with that outcome, whose middle one is taken.
    order = np.lexsort((steps, outcome != frequent), axis=-1)
    middle = ((outcome == frequent).sum(-1, keepdims=True) - 1) // 2
    places = xarray.DataArray(np.take_along_axis(order, middle, -1)[..., 0], dims=numbers)
    return result.isel({SEED: places}), result[SEED][places]
