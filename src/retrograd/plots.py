"""Sweeps as pictures. Needs matplotlib, and nothing that computes.

figure = sweep_figure(result)       # steps over the learning rate, or a map of two numbers
save(figure, "rates.svg")           # what the name ends with says what it becomes
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from retrograd.errors import RetrogradError

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

COLOURS = {
    "not_run": "#dddddd",
    "converged": "#1b7837",
    "slow": "#7b9fd4",
    "oscillating": "#e6a817",
    "diverged": "#c0392b",
    "non-finite": "#5b1a6b",
}
"""A colour for each outcome; their lightness differs, too."""

KINDS = ("png", "svg", "pdf")
"""What a picture can be saved as."""


class PlotError(RetrogradError):
    """A picture cannot be drawn or saved; the message says what is missing."""


def sweep_figure(result: xarray.Dataset) -> Figure:
    """Return a sweep as a picture.

    With one number: the steps of each rate, the median over the seeds and the band of its middle half and of all of
    them, coloured by what became of most runs. With two: a map, coloured by what became of most runs, paler where
    runs that converged took longer. Where losses of all turns were kept: their curves, besides.

    Raises:
        PlotError: There is no matplotlib, or more than two numbers were swept.
    """
    dims = [str(dim) for dim in result["steps"].dims if dim != "seed"]
    if len(dims) > 2:
        names = ", ".join(dims)
        raise PlotError(f"a picture has room for two numbers, but {names} were swept; select some of them first")
    pyplot = _matplotlib()
    curves = "loss" in result
    figure = pyplot.Figure(figsize=(8, 8) if curves else (8, 4.8), layout="constrained")
    axes = figure.subplots(2 if curves else 1, 1, squeeze=False)[:, 0]
    if len(dims) == 2:
        _map(axes[0], result, dims)
    else:
        _steps(axes[0], result, dims[0] if dims else "seed")
    if curves:
        _curves(axes[1], result, dims)
    return figure


def save(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Save a picture under a name that ends in one of `KINDS`.

    Raises:
        PlotError: The name ends otherwise, or the file cannot be written.
    """
    kind = checked(path)
    try:
        figure.savefig(path, format=kind, dpi=150)
    except OSError as error:
        raise PlotError(f"{os.fspath(path)} cannot be written: {error}") from error


def checked(path: str | os.PathLike[str]) -> str:
    """Return what a picture of this name is saved as.

    Raises:
        PlotError: The name ends in none of `KINDS`.
    """
    kind = os.path.splitext(os.fspath(path))[1].lower().lstrip(".")
    if kind not in KINDS:
        raise PlotError(f"{os.fspath(path)}: a picture's name ends in .{', .'.join(KINDS)}")
    return kind


def _matplotlib() -> Any:  # the module that makes figures, imported only when one is wanted
    try:
        from matplotlib import figure
    except ImportError:
        raise PlotError("a picture needs matplotlib: pip install 'retrograd[plots]'") from None
    return figure


def _steps(axes: Any, result: xarray.Dataset, dim: str) -> None:
    steps = result["steps"].transpose(dim, ...).values.reshape(result.sizes[dim], -1)
    x = result[dim].values.astype(float)
    positive = bool((x > 0).all()) and dim != "seed"
    if steps.shape[1] > 1:
        quarters = np.percentile(steps, [0, 25, 75, 100], axis=1)
        axes.fill_between(x, quarters[0], quarters[3], color="0.9", label="all seeds")
        axes.fill_between(x, quarters[1], quarters[2], color="0.78", label="middle half of the seeds")
    median = np.median(steps, axis=1)
    axes.plot(x, median, color="0.4", linewidth=1)
    _coloured(axes, result, dim, x, median)
    if positive:
        axes.set_xscale("log")
    if (median > 0).all():
        axes.set_yscale("log")
    _theory(axes, result, dim, x, median)
    until = result.attrs.get("until", np.nan)
    goal = f"until the loss is at most {until:g}" if np.isfinite(until) else "steps made"
    axes.set(xlabel=dim.replace("_", " "), ylabel=f"steps, {goal}")
    axes.legend(fontsize="small", frameon=False)


def _coloured(axes: Any, result: xarray.Dataset, dim: str, x: np.ndarray, y: np.ndarray) -> None:
    outcome = most_frequent(result, [dim])
    for number, meaning in enumerate(result["outcome"].attrs["flag_meanings"]):
        chosen = outcome == number
        if chosen.any():
            word = meaning.replace("_", " ")
            axes.plot(x[chosen], y[chosen], "o", markersize=4, color=COLOURS[meaning], label=word)


def _theory(axes: Any, result: xarray.Dataset, dim: str, x: np.ndarray, median: np.ndarray) -> None:
    limit = result.attrs.get("limit_at_start")
    if limit is not None and dim == result.attrs.get("limit_of") and x.min() <= limit <= x.max():
        axes.axvline(limit, color="#c0392b", linestyle="--", linewidth=1, label=f"2/λmax at the start: {limit:.3g}")
    reached = (most_frequent(result, [dim]) == 1) & (median >= 20)
    if np.isfinite(result.attrs.get("until", np.nan)) and reached.sum() >= 3 and (x > 0).all():
        # Where small steps follow the gradient's flow, so much time passes whatever the rate.
        time = float(np.median((median * x)[reached]))
        spread = np.ptp(np.log((median * x)[reached]))
        if spread < 0.5:
            most = float(result.attrs["max_steps"])
            shown = x[(time / x >= 1) & (time / x <= most)]
            axes.plot(shown, time / shown, ":", color="black", linewidth=1, label=f"steps × rate = {time:.3g}")


def most_frequent(result: xarray.Dataset, dims: list[str]) -> np.ndarray:
    """Return the most frequent outcome over all other dimensions, shape of `dims`."""
    outcome = result["outcome"].transpose(*dims, ...).values
    flat = outcome.reshape(*outcome.shape[: len(dims)], -1)
    counts = np.stack([(flat == number).sum(-1) for number in range(len(COLOURS))])
    return counts.argmax(0)


def _map(axes: Any, result: xarray.Dataset, dims: list[str]) -> None:
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Patch

    across, up = dims
    outcome = most_frequent(result, [up, across])
    meanings = result["outcome"].attrs["flag_meanings"]
    palette = np.array([to_rgb(COLOURS[meaning]) for meaning in meanings])
    colours = palette[outcome]
    steps = result["steps"].transpose(up, across, ...).values.reshape(*outcome.shape, -1).mean(-1)
    share = steps / max(1, int(result.attrs["max_steps"]))
    pale = np.where(outcome == 1, 0.75 * share, 0.0)[..., None]
    axes.pcolormesh(
        result[across].values, result[up].values, colours * (1 - pale) + pale, shading="nearest", rasterized=True
    )
    for dim, scale in ((across, axes.set_xscale), (up, axes.set_yscale)):
        if (result[dim].values > 0).all():
            scale("log")
    there = [number for number in range(len(meanings)) if (outcome == number).any()]
    patches = [Patch(color=palette[number], label=meanings[number].replace("_", " ")) for number in there]
    axes.legend(handles=patches, fontsize="small", frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    axes.set(xlabel=across.replace("_", " "), ylabel=up.replace("_", " "))


MOST_CURVES = 12


def _curves(axes: Any, result: xarray.Dataset, dims: list[str]) -> None:
    losses = result["loss"].values.reshape(-1, result.sizes["step"])
    chosen = np.unique(np.linspace(0, len(losses) - 1, min(len(losses), MOST_CURVES)).round().astype(int))
    shape = result["steps"].shape
    names = [str(dim) for dim in result["steps"].dims]
    for number in chosen:
        place = np.unravel_index(number, shape)
        label = ", ".join(f"{float(result[name].values[at]):g}" for name, at in zip(names, place, strict=True))
        axes.plot(np.arange(losses.shape[1]), losses[number], linewidth=1, label=label)
    axes.set(xlabel="step", ylabel="loss", yscale="log" if np.nanmin(losses) > 0 else "linear")
    axes.legend(title=", ".join(names).replace("_", " "), fontsize="x-small", title_fontsize="x-small", frameon=False)
