"""The labelled result of a sweep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from retrograd.engines.devices import gpus_of
from retrograd.engines.runs import Answer
from retrograd.engines.training import LEARNING_RATES
from retrograd.recording import Recording
from retrograd.sweeps.outcomes import OUTCOMES, outcomes
from retrograd.sweeps.planning import SEED, Order, Plan

if TYPE_CHECKING:
    import xarray

UNITS = {
    "steps": "turns of the loop",
    "final_loss": "loss of the last turn, computed before its update",
    "first_loss": "loss of the first turn",
    "lowest_loss": "least finite loss of all turns",
    "turning": "cosine of the angle between two updates behind the last turn; -1: the second takes back the first",
    "shrinking": "length of the second of these updates beside the first",
}
"""What each variable of a result is."""


def dataset(recording: Recording, order: Order, plan: Plan, answer: Answer) -> xarray.Dataset:
    """Return an answer as a labelled result."""
    import pandas
    import xarray

    # Of any other array than these, xarray asks whether it is one of Dask's, and loads all of Dask for the answer.
    def variable(dims: tuple[str, ...], values: np.ndarray, said: Mapping[str, Any] | None = None) -> Any:
        return xarray.Variable(dims, values, said, fastpath=True)

    shape, dims = order.grid.shape, order.grid.names
    data: dict[str, Any] = {
        name: variable(dims, getattr(answer, name).reshape(shape), {"long_name": text}) for name, text in UNITS.items()
    }
    found = outcomes(answer, order.stop.until is not None).reshape(shape)
    meanings = {"flag_values": list(range(len(OUTCOMES))), "flag_meanings": [w.replace(" ", "_") for w in OUTCOMES]}
    data["outcome"] = variable(dims, found, meanings)
    if answer.history is not None:
        data["loss"] = variable(
            (*dims, "step"), answer.history.reshape((*shape, -1)), {"long_name": "loss of each turn"}
        )
    for name, array in answer.parameters.items():
        name = f"{name} at the end" if name in data or name in dims else name
        axes = tuple(f"{name}_{axis}" for axis in range(array.ndim - 1))
        data[name] = variable((*dims, *axes), array.reshape((*shape, *array.shape[1:])))
    coordinates = {
        dim: xarray.IndexVariable((dim,), pandas.Index(values), fastpath=True)
        for dim, values in zip(dims, order.grid.values, strict=True)
    }
    return xarray.Dataset(data, coords=coordinates, attrs=attributes(recording, order, plan))


def attributes(recording: Recording, order: Order, plan: Plan) -> dict[str, Any]:
    """Return what a result says about itself: what was run, how, and with what."""
    from retrograd import __version__

    facts = recording.facts
    said: dict[str, Any] = {
        "retrograd": "sweep",
        "script": facts.get("script") or "",
        "recorded": facts.get("began") or "",
        "sweep": order.mark(recording),
        "until": np.nan if order.stop.until is None else order.stop.until,
        "max_steps": order.stop.max_steps,
        "start": START[order.start] if order.grid.count > 1 else START["same"],
        "engine": order.choice.name,
        "engine_reason": order.choice.reason,
        "dtype": order.dtype or "as recorded",
        "device": order.device,
        "versions": f"retrograd {__version__}, torch {_torch_version()}, numpy {np.__version__}",
    }
    elsewhere = gpus_of(plan.course.at(0).program)
    if elsewhere and elsewhere != order.device:
        said["recorded_on"] = f"{elsewhere}, which rounds and draws otherwise than {order.device}"
    if order.stop.growth is not None:
        said["growth"] = order.stop.growth
    for name, own in order.spelled.items():
        if own != name:
            said[f"{name}_is"] = own
    if SEED not in order.grid.names and plan.starts.seed is not None:
        said["seed"] = plan.starts.seed
    rate = next((name for name, own in order.spelled.items() if name == "learning_rate" or own in LEARNING_RATES), None)
    if rate is not None:
        from retrograd.sweeps.theory import sharpness_at_start

        sharpness = sharpness_at_start(
            plan.work(0, 1, order.stop), order.spelled[rate], order.grid.count * order.stop.max_steps
        )
        if sharpness is not None:
            said["sharpness_at_start"] = sharpness
            said["limit_at_start"] = 2 / sharpness
            said["limit_of"] = rate
    if plan.course.outside:
        said["inputs"] = "what comes from outside in a turn, such as its batch, is as it was recorded in every run"
    return said


START = {
    "same": "same: all runs of a seed start from the same values",
    "own": "own: each run draws its own start after the run before it, as the script does",
}


def _torch_version() -> str:
    import torch

    return str(torch.__version__)


def rows(result: xarray.Dataset) -> list[dict[str, Any]]:
    """Return one dictionary for each run, for `--json`: its numbers, seed, steps, final_loss, outcome.

    If they were kept, also `losses`, one of each turn, and `parameters` by name. JSON has no number for what is not
    finite; null stands for it.
    """
    dims = [str(dim) for dim in result["steps"].dims]
    columns = [result[dim].values for dim in dims]
    seed = result.attrs.get("seed")
    parameters = [str(name) for name in result if name not in (*UNITS, "outcome", "loss")]
    found = []
    for place in np.ndindex(*result["steps"].shape):
        row: dict[str, Any] = {"learning_rate": None, SEED: seed}
        row |= {dim: column[at].item() for dim, column, at in zip(dims, columns, place, strict=True)}
        loss = float(result["final_loss"].values[place])
        row["steps"] = int(result["steps"].values[place])
        row["final_loss"] = loss if np.isfinite(loss) else None
        row["outcome"] = OUTCOMES[int(result["outcome"].values[place])]
        if "loss" in result:
            row["losses"] = _finite(result["loss"].values[place][: row["steps"]])
        if parameters:
            row["parameters"] = {name: _finite(result[name].values[place]) for name in parameters}
        found.append(row)
    return found


def _finite(array: np.ndarray) -> Any:
    """Return an array as lists, with None where it is not finite."""
    return np.where(np.isfinite(array), array, np.array(None)).tolist()
