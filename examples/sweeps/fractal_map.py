"""The boundary between training that converges and training that diverges, as pictures and a number.

    python examples/sweeps/fractal_map.py                                    a small first view, some seconds
    python examples/sweeps/fractal_map.py --size 256 --steps 500             a larger one, some minutes
    python examples/sweeps/fractal_map.py --around 5.44,1.80 --decades 0.8   closer
    python examples/sweeps/fractal_map.py --size 128 --steps 500 --zooms 6   closer and closer
    python examples/sweeps/fractal_map.py --table --output maps              what all kept maps say together

It sweeps the recording of fractal.py. The measure, the colours and the counting of boxes follow the code of
"The boundary of neural network trainability is fractal" (arXiv:2402.06184), whose dimensions stand beside the
estimate. Those are medians over long sequences of zooms at 4096 x 4096; a single first view gives 1.0 to 1.3.
Each zoom is four times closer, where the boundary is most crowded, or with --seed at a point of it that is drawn. Rows of a map are kept,
sixteen at a time, so with --output an interrupted map goes on where it was.
"""

import argparse
import contextlib
import io
import json
import runpy
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np

import retrograd

PUBLISHED = {"linear": 1.17, "relu": 1.20, "one point": 1.41, "minibatch": 1.55, "tanh": 1.66, "offset": 1.98}
"""Dimensions from the paper; offset: a number added to the first layer's weights, beside one rate for both."""

ROWS = 16
"""So many rows are made and kept together."""

CLOSER = 4
"""Each zoom shows a part that is so many times narrower."""


@dataclass(frozen=True)
class View:
    """A map: what of, of which part, and how finely."""

    condition: str
    size: int
    steps: int
    across: float
    up: float
    decades: float
    dtype: str = "float64"

    @property
    def name(self):
        """What its files are called."""
        place = f"{self.across:.12g}-{self.up:.12g}-{self.decades:.6g}"
        return f"{self.condition.replace(' ', '-')}-{self.size}-{self.steps}-{place}-{self.dtype}"


@cache
def recording(condition, steps):
    """Record fractal.py under a condition. Only batches need all the steps; else the turns are all alike."""
    script = Path(__file__).resolve().parent.parent / "fractal.py"
    before = sys.argv
    sys.argv = [str(script), condition, str(steps)]
    try:
        with retrograd.record() as recorded, contextlib.redirect_stdout(io.StringIO()):
            runpy.run_path(str(script))
    finally:
        sys.argv = before
    return recorded


def measured(losses):
    """Return the paper's measure: the sum of relative losses, negative where training converged, else of inverses."""
    with np.errstate(all="ignore"):
        relative = losses / losses[..., :1]
        relative = np.where(np.isfinite(relative) & (relative < 1e6), relative, 1e6)
        converged = relative[..., -20:].mean(-1) < 1
        return np.where(converged, -relative.sum(-1), (1 / relative).sum(-1))


def rows(view, begin, folder, engine):
    """Make some rows of a map, or take those that were kept."""
    kept = folder / "rows" / f"{view.name}-{begin}.npy"
    if kept.exists():
        return np.load(kept)
    half = view.decades / 2
    across = np.linspace(view.across - half, view.across + half, view.size)
    up = np.linspace(view.up - half, view.up + half, view.size)[begin : begin + ROWS]
    # The offset goes from -3 to 3 where rates go through nine powers of ten.
    numbers = {"rate_out": 10**up, "rate_in": 10**across}
    if view.condition == "offset":
        numbers = {"offset": up / 1.5, "rate": 10**across}
    result = retrograd.sweep(
        recording(view.condition, view.steps),
        numbers=numbers,
        max_steps=view.steps,
        history=True,
        engine=engine,
        dtype=view.dtype,
    )
    found = measured(result["loss"].values)
    kept.parent.mkdir(parents=True, exist_ok=True)
    with (part := kept.with_suffix(".part")).open("wb") as file:
        np.save(file, found)
    part.rename(kept)
    return found


def mapped(view, folder, processes, engine):
    """Return the measure over the whole map."""
    begins = range(0, view.size, ROWS)
    found = []
    with ProcessPoolExecutor(processes) if processes > 1 else contextlib.nullcontext() as pool:
        make = pool.map if pool else map
        jobs = zip(*((view, begin, folder, engine) for begin in begins), strict=True)
        for made in make(rows, *jobs):
            found.append(made)
            if sys.stderr.isatty():
                print(f"  {min(len(found) * ROWS, view.size):4} of {view.size} rows", end="\r", file=sys.stderr)
    return np.concatenate(found)


def boundary(measure):
    """Return the points with both kinds among their neighbours."""
    kinds = measure < 0
    corners = [kinds[:-1, :-1], kinds[1:, :-1], kinds[:-1, 1:], kinds[1:, 1:]]
    return np.any(corners, axis=0) & ~np.all(corners, axis=0)


def slopes_of(edge):
    """Return the local slopes of the count of boxes that the boundary runs through."""
    sizes, counts = [], []
    size = 1
    while size <= len(edge) // 4:
        whole = len(edge) // size * size
        blocks = edge[:whole, :whole].reshape(whole // size, size, whole // size, size)
        counts.append(blocks.any((1, 3)).sum())
        sizes.append(size)
        size *= 2
    if len(sizes) < 2 or not all(counts):
        return []
    return (-np.diff(np.log(counts)) / np.diff(np.log(sizes))).tolist()


def coloured(measure):
    """Return ranks, for each sign by itself: -1 to -0.25 where training converged, 0.25 to 1 where it diverged."""
    found = np.zeros(measure.shape)
    for sign in (-1, 1):
        chosen = np.sign(measure) == sign
        ranks = measure[chosen].argsort().argsort() / max(1, chosen.sum() - 1)
        found[chosen] = np.interp(ranks, [0, 1], [-1, -0.25] if sign < 0 else [0.25, 1])
    return found


def draw(measure, path):
    """Draw a map, in as many colours as a small file allows."""
    try:
        from matplotlib import colormaps
        from PIL import Image
    except ImportError:
        return print("  no picture: that needs matplotlib")
    colours = (colormaps["Spectral"]((coloured(measure)[::-1] + 1) / 2)[..., :3] * 255).astype(np.uint8)
    Image.fromarray(colours).quantize(64, dither=Image.Dither.NONE).save(path, optimize=True)
    return print(f"  the map        {path}")


def closer(view, measure, seed):
    """Return the view of a part of the boundary, the most crowded one or, with a seed, one that is drawn; or None."""
    edge = boundary(measure)
    places = np.argwhere(edge)
    if not len(places):
        return None
    half = view.size // CLOSER // 2
    padded = np.pad(edge, half)
    crowd = [padded[up : up + 2 * half, across : across + 2 * half].sum() for up, across in places]
    chosen = np.argmax(crowd) if seed is None else np.random.default_rng(seed).integers(len(places))
    up, across = (places[chosen] + 0.5) / (view.size - 1) - 0.5
    return View(
        view.condition, view.size, view.steps, view.across + float(across) * view.decades,
        view.up + float(up) * view.decades, view.decades / CLOSER, view.dtype,
    )  # fmt: skip


def tell(view, measure, folder):
    """Print what a map shows, draw it, and keep the slopes for the table."""
    found = slopes_of(boundary(measure))
    print(f"{view.condition}, {view.size} x {view.size}, {view.steps} steps, {view.decades:g} decades round "
          f"{view.across:.6g}, {view.up:.6g}:")  # fmt: skip
    print(f"  converged      {(measure < 0).mean():.1%} of the map")
    if found:
        print(f"  box dimension  {np.median(found):.2f}  (local slopes {min(found):.2f} to {max(found):.2f})")
        print(f"  in the paper   {PUBLISHED[view.condition]:.2f}  (the median over a sequence of zooms)")
    (folder / f"{view.name}.json").write_text(json.dumps({"view": asdict(view), "slopes": found}) + "\n")
    draw(measure, folder / f"{view.name}.png")


def table(folder):
    """Print for each condition the median over all maps that were kept, and how far that is from the paper's."""
    kept = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    print("| condition | maps | decades, widest and narrowest | first view | median of all slopes | quartiles | paper |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for condition, published in PUBLISHED.items():
        own = [one for one in kept if one["view"]["condition"] == condition and one["slopes"]]
        if not own:
            continue
        widths = [one["view"]["decades"] for one in own]
        first = np.median(max(own, key=lambda one: (one["view"]["decades"], one["view"]["size"]))["slopes"])
        slopes = np.concatenate([one["slopes"] for one in own])
        low, middle, high = np.percentile(slopes, [25, 50, 75])
        print(f"| {condition} | {len(own)} | {max(widths):g} to {min(widths):.1g} | {first:.2f} | {middle:.2f} "
              f"({middle - published:+.2f}) | {low:.2f} to {high:.2f} | {published:.2f} |")  # fmt: skip


def main():
    """Make the maps that are asked for."""
    parser = argparse.ArgumentParser(description="Map where training converges.")
    parser.add_argument("--condition", choices=sorted(PUBLISHED), default="tanh")
    parser.add_argument("--size", type=int, default=16, help="points along each side")
    parser.add_argument("--steps", type=int, default=60, help="steps of each run; 500 in the paper")
    parser.add_argument("--around", default="1.5,1.5", help="log10 of the two rates in the middle")
    parser.add_argument("--decades", type=float, default=9.0, help="width of the map")
    parser.add_argument("--zooms", type=int, default=0, help="so many further maps, each four times closer")
    parser.add_argument("--seed", type=int, help="zoom to points of the boundary that are drawn with this seed")
    parser.add_argument("--dtype", choices=("float32", "float64"), default="float64")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--output", type=Path, help="where rows are kept and pictures go")
    parser.add_argument("--table", action="store_true", help="only print what the kept maps say together")
    given = parser.parse_args()
    folder = given.output or Path(tempfile.mkdtemp(prefix="fractal-"))
    folder.mkdir(parents=True, exist_ok=True)
    if given.table:
        return table(folder)
    across, up = (float(part) for part in given.around.split(","))
    if given.condition == "offset" and given.around == "1.5,1.5":
        up = 0.0
    view = View(given.condition, given.size, given.steps, across, up, given.decades, given.dtype)
    for _ in range(given.zooms + 1):
        measure = mapped(view, folder, given.processes, given.engine)
        tell(view, measure, folder)
        view = closer(view, measure, given.seed)
        if view is None:
            break


if __name__ == "__main__":
    main()
