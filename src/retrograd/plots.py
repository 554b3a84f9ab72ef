"""Sweeps, and learning rates along a run, as pictures. Needs matplotlib, and nothing that computes.

sweep_figure(result)                # steps or loss over the learning rate, or a map of two numbers
stability_figure(loss, curvatures)  # the loss, and its curvature beside the limit 2/rate, along a run
range_figure(loss, rates)           # the loss of one run whose rate grows from step to step
save(figure, "rates.svg")           # what the name ends with says what it becomes

In a notebook a figure shows itself; nothing has to be switched on.
"""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from retrograd.errors import RetrogradError

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

    from retrograd.curvature import Curvatures

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

    With one number: the steps of each rate until the loss is small enough, or its last loss where there is no such
    threshold; the median over the seeds, and the band of their middle half and of all of them; coloured by what became
    of most runs; beside it the limit of stability. With two: a map, coloured by what became of most runs, paler where
    runs that converged took longer. Where losses of all turns were kept: their curves, besides.

    Raises:
        PlotError: There is no matplotlib, or more than two numbers were swept.
    """
    dims = [str(dim) for dim in result["steps"].dims if dim != "seed"]
    if len(dims) > 2:
        names = ", ".join(dims)
        raise PlotError(f"a picture has room for two numbers, but {names} were swept; select some of them first")
    curves = "loss" in result
    figure = _figure((8, 8) if curves else (8, 4.8))
    axes = figure.subplots(2 if curves else 1, 1, squeeze=False)[:, 0]
    if len(dims) == 2:
        _map(axes[0], result, dims)
    else:
        _over_one(axes[0], result, dims[0] if dims else "seed")
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


def _figure(size: tuple[float, float]) -> Figure:
    """Return an empty figure that a notebook shows as it is."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise PlotError("a picture needs matplotlib: pip install 'retrograd[plots]'") from None

    class Picture(Figure):
        """A figure that does not wait for pyplot to be shown."""

        def _repr_png_(self) -> bytes:
            file = io.BytesIO()
            self.savefig(file, format="png", dpi=110)
            return file.getvalue()

    return Picture(figsize=size, layout="constrained")


def _over_one(axes: Any, result: xarray.Dataset, dim: str) -> None:
    """Draw steps, or where there is no threshold the last loss, over one number."""
    until = result.attrs.get("until", np.nan)
    threshold = bool(np.isfinite(until))
    name = "steps" if threshold else "final_loss"
    values = result[name].transpose(dim, ...).values.reshape(result.sizes[dim], -1).astype(float)
    x = result[dim].values.astype(float)
    positive = bool((x > 0).all()) and dim != "seed"
    seen = np.where(np.isfinite(values), values, np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of a rate whose runs were all lost
        if values.shape[1] > 1:
            quarters = np.nanpercentile(seen, [0, 25, 75, 100], axis=1)
            axes.fill_between(x, quarters[0], quarters[3], color="0.9", label="all seeds")
            axes.fill_between(x, quarters[1], quarters[2], color="0.78", label="middle half of the seeds")
        median = np.nanmedian(seen, axis=1)
    axes.plot(x, median, color="0.4", linewidth=1)
    _coloured(axes, result, dim, x, median)
    if positive:
        _logarithmic(axes.xaxis, x)
    if threshold and (median > 0).all():
        _logarithmic(axes.yaxis, median)
    else:
        axes.set_yscale(_scale(median))
    if not np.isfinite(median).any():
        axes.set_yticks([])  # no run has a height
    _theory(axes, result, dim, x, median)
    steps = int(result.attrs.get("max_steps", 0))
    what = f"steps, until the loss is at most {until:g}" if threshold else f"loss in the last of {steps} steps"
    axes.set(xlabel=dim.replace("_", " "), ylabel=what)
    axes.legend(fontsize="small", frameon=False)


def _scale(values: np.ndarray) -> str:
    """Return the scale on which values can be told apart."""
    known = values[np.isfinite(values) & (values != 0)]  # a loss of 0 has no place on a logarithmic scale
    return "log" if len(known) and known.min() > 0 and known.max() > 10 * known.min() else "linear"


def _logarithmic(axis: Any, values: np.ndarray) -> None:
    """Let an axis run at equal ratios, with its numbers written as people say them: 0.01, not a power of ten."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullFormatter

    getattr(axis.axes, f"set_{axis.axis_name}scale")("log")
    known = values[np.isfinite(values)]
    times = known.max() / known.min() if len(known) else np.inf
    if times == 1:
        axis.set_major_locator(FixedLocator([known[0]]))
    else:
        axis.set_major_locator(MaxNLocator(6) if times < 4 else LogLocator(subs=(1, 2, 5) if times < 30 else (1,)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def _coloured(axes: Any, result: xarray.Dataset, dim: str, x: np.ndarray, y: np.ndarray) -> None:
    outcome = most_frequent(result, [dim])
    for number, meaning in enumerate(result["outcome"].attrs["flag_meanings"]):
        chosen = outcome == number
        if chosen.any():
            word = meaning.replace("_", " ")
            lost = chosen & ~np.isfinite(y)
            axes.plot(x[chosen], y[chosen], "o", markersize=4, color=COLOURS[meaning], label=word)
            if lost.any():  # a loss that is no number has no height, so it stands at the upper edge
                edge = axes.get_xaxis_transform()
                axes.plot(x[lost], np.full(lost.sum(), 0.98), "x", color=COLOURS[meaning], transform=edge)


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
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    across, up = dims
    outcome = most_frequent(result, [up, across])
    meanings = result["outcome"].attrs["flag_meanings"]
    palette = np.array([to_rgb(COLOURS[meaning]) for meaning in meanings])
    colours = palette[outcome]
    steps = result["steps"].transpose(up, across, ...).values.reshape(*outcome.shape, -1).mean(-1)
    share = steps / max(1, int(result.attrs["max_steps"]))
    pale = np.where(outcome == 1, 0.75 * share, 0.0)[..., None]
    marks: list[Any] = []
    axes.pcolormesh(
        result[across].values, result[up].values, colours * (1 - pale) + pale, shading="nearest", rasterized=True
    )
    for dim, axis, line in ((across, axes.xaxis, axes.axvline), (up, axes.yaxis, axes.axhline)):
        values = result[dim].values
        if (values > 0).all():
            _logarithmic(axis, values)
        limit = result.attrs.get("limit_at_start", np.nan)
        if dim == result.attrs.get("limit_of") and values.min() <= limit <= values.max():
            line(limit, color="black", linestyle="--", linewidth=1)
            marks = [Line2D([], [], color="black", linestyle="--", linewidth=1, label=f"2/λmax: {limit:.3g}")]
    there = [number for number in range(len(meanings)) if (outcome == number).any()]
    patches = [Patch(color=palette[number], label=meanings[number].replace("_", " ")) for number in there]
    axes.legend(
        handles=[*patches, *marks], fontsize="small", frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0)
    )
    axes.set(xlabel=across.replace("_", " "), ylabel=up.replace("_", " "))


MOST_CURVES = 30
"""So many losses can be told apart by a ramp of colours."""

FEW_CURVES = 8
"""So many can be told apart by their names."""


def _curves(axes: Any, result: xarray.Dataset, dims: list[str]) -> None:
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LogNorm

    names = [str(dim) for dim in result["steps"].dims]
    losses = result["loss"].values.reshape(-1, result.sizes["step"])
    ramp = names == dims and len(dims) == 1 and len(losses) > FEW_CURVES and bool((result[dims[0]] > 0).all())
    most = MOST_CURVES if ramp else FEW_CURVES
    chosen = np.unique(np.linspace(0, len(losses) - 1, min(len(losses), most)).round().astype(int))
    # From dark to light: a rate beside another has a colour beside the other's.
    palette = colormaps["viridis"]
    places = np.linspace(0.0, 0.92, len(chosen))
    if ramp:
        values = result[dims[0]].values
        norm = LogNorm(values.min(), values.max())
        places = [float(norm(values[number])) for number in chosen]
        axes.figure.colorbar(ScalarMappable(norm, palette), ax=axes, label=dims[0].replace("_", " "), format="{x:g}")
    for number, place in zip(chosen, places, strict=True):
        at = np.unravel_index(number, result["steps"].shape)
        label = ", ".join(f"{float(result[name].values[n]):.3g}" for name, n in zip(names, at, strict=True))
        axes.plot(np.arange(losses.shape[1]), losses[number], linewidth=1.2, color=palette(place), label=label)
    until = result.attrs.get("until", np.nan)
    if np.isfinite(until):
        axes.axhline(until, color="0.4", linestyle=":", linewidth=1)
    axes.set(xlabel="step", ylabel="loss", yscale=_scale(losses))
    if not ramp:
        title = ", ".join(names).replace("_", " ")
        axes.legend(title=title, fontsize="x-small", title_fontsize="x-small", frameon=False, ncols=2)


# ---------------------------------------------------------------- along one run


def stability_figure(loss: Sequence[float], curvatures: Curvatures) -> Figure:
    """Return the loss of a run, and below it the curvature beside the limit that the learning rate sets, as a picture.

        plots.stability_figure(recording.loss, curvature_of(recording))

    Where the largest eigenvalue of the Hessian lies above 2/rate, a step along its eigenvector goes further beyond
    the minimum than it came from. Runs of many networks rise to that line and stay there: the edge of stability.

    Source: Cohen et al., Gradient descent on neural networks typically occurs at the edge of stability (2021).
    """
    if not curvatures.rows:
        raise PlotError("; ".join(curvatures.skipped[:1]) or "the recording has no step whose curvature is known")
    figure = _figure((8, 6))
    upper, lower = figure.subplots(2, 1, sharex=True)
    steps = [row.step for row in curvatures.rows]
    upper.plot(np.arange(len(loss)), loss, color="#2b6cb0", linewidth=1)
    upper.set(ylabel="loss", yscale=_scale(np.asarray(loss, float)))
    lower.plot(steps, [row.largest for row in curvatures.rows], "o-", color="#1b7837", markersize=3, label="λmax")
    limits = [np.nan if row.learning_rate is None else 2 / row.learning_rate for row in curvatures.rows]
    if np.isfinite(limits).any():
        lower.plot(steps, limits, "--", color="#c0392b", linewidth=1, label="2 / learning rate")
    shown = np.array([*limits, *(row.largest for row in curvatures.rows)])
    lower.set(xlabel="step", ylabel="largest curvature of the loss", yscale=_scale(shown))
    lower.legend(fontsize="small", frameon=False)
    return figure


def range_figure(loss: Sequence[float], rates: Sequence[float]) -> Figure:
    """Return the learning-rate range test: the loss of one run whose rate grows from step to step.

        rates = np.geomspace(0.001, 100, 100)
        test = retrograd.replay(recording, learning_rate=list(rates), steps=100)
        plots.range_figure(test.loss, rates)

    Such a run says at which rates a loss falls, stops to fall, and rises; a good rate lies below the least loss. It is
    one run: each loss is a consequence of all rates before, so look at a sweep before you believe it.

    Source: Smith, Cyclical learning rates for training neural networks (2017).
    """
    values, own = np.asarray(loss, float), np.asarray(rates, float)[: len(loss)]
    if len(own) < len(values):
        raise PlotError(f"there are {len(values)} losses but {len(own)} rates; a range test has one rate a step")
    figure = _figure((8, 4.8))
    axes = figure.subplots()
    axes.plot(own, values, color="#2b6cb0", linewidth=1.2)
    finite = np.where(np.isfinite(values), values, np.inf)
    least = int(finite.argmin())
    axes.plot(own[least], values[least], "o", color="#1b7837", label=f"least loss, at a rate of {own[least]:.3g}")
    most = 10 * np.nanmax(finite[: least + 1])
    axes.set(xlabel="learning rate of the step", ylabel="loss", yscale=_scale(values))
    _logarithmic(axes.xaxis, own)
    if finite[least:].max() > most:
        axes.set_ylim(top=most)  # what is lost is lost, however large it grows
    axes.legend(fontsize="small", frameon=False)
    return figure
