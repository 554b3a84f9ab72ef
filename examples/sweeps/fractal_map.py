"""The boundary between training that converges and training that diverges, as a picture and a number.

    python examples/sweeps/fractal_map.py                                   a small first view, some seconds
    python examples/sweeps/fractal_map.py --size 128 --steps 500            a larger one, some minutes
    python examples/sweeps/fractal_map.py --centre 5.44,1.80 --decades 0.8  closer

It sweeps the recording of fractal.py. The measure, the colours and the counting of boxes follow the code of
"The boundary of neural network trainability is fractal" (arXiv:2402.06184), whose dimensions stand beside the
estimate. Those are medians over long sequences of zooms at 4096 x 4096; a single first view gives 1.0 to 1.1.
Rows of the map are kept, sixteen at a time, so with --output an interrupted map goes on where it was.
"""

import argparse
import contextlib
import io
import runpy
import sys
import tempfile
from pathlib import Path

import numpy as np

import retrograd

PUBLISHED = {"linear": 1.17, "relu": 1.20, "one point": 1.41, "minibatch": 1.55, "tanh": 1.66, "offset": 1.98}
"""Dimensions from the paper; offset: a number added to the first layer's weights, beside one rate for both."""

ROWS = 16
"""So many rows are made and kept together."""

parser = argparse.ArgumentParser(description="Map where training converges.")
parser.add_argument("--condition", choices=sorted(PUBLISHED), default="tanh")
parser.add_argument("--size", type=int, default=16, help="points along each side")
parser.add_argument("--steps", type=int, default=60, help="steps of each run; 500 in the paper")
parser.add_argument("--centre", default="1.5,1.5", help="log10 of the two rates in the middle")
parser.add_argument("--decades", type=float, default=9.0, help="width of the map")
parser.add_argument("--output", type=Path, help="where rows are kept and the picture goes")
arguments = parser.parse_args()
folder = arguments.output or Path(tempfile.mkdtemp(prefix="fractal-"))
folder.mkdir(parents=True, exist_ok=True)


def recording():
    """Record fractal.py under the condition."""
    script = Path(__file__).resolve().parent.parent / "fractal.py"
    before = sys.argv
    sys.argv = [str(script), arguments.condition, str(arguments.steps)]
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


def boxes(converged):
    """Return the local slopes of the count of boxes that the boundary runs through."""
    corners = [converged[:-1, :-1], converged[1:, :-1], converged[:-1, 1:], converged[1:, 1:]]
    boundary = np.any(corners, axis=0) & ~np.all(corners, axis=0)
    sizes, counts = [], []
    size = 1
    while size <= len(boundary) // 4:
        whole = len(boundary) // size * size
        blocks = boundary[:whole, :whole].reshape(whole // size, size, whole // size, size)
        counts.append(blocks.any((1, 3)).sum())
        sizes.append(size)
        size *= 2
    if len(sizes) < 2 or not all(counts):
        return np.array([])
    return -np.diff(np.log(counts)) / np.diff(np.log(sizes))


def coloured(measure):
    """Return ranks, for each sign by itself: -1 to -0.25 where training converged, 0.25 to 1 where it diverged."""
    found = np.zeros(measure.shape)
    for sign in (-1, 1):
        chosen = np.sign(measure) == sign
        ranks = measure[chosen].argsort().argsort() / max(1, chosen.sum() - 1)
        found[chosen] = np.interp(ranks, [0, 1], [-1, -0.25] if sign < 0 else [0.25, 1])
    return found


across, up = (float(part) for part in arguments.centre.split(","))
half = arguments.decades / 2
first = 10 ** np.linspace(across - half, across + half, arguments.size)
second = np.linspace(-3, 3, arguments.size) if arguments.condition == "offset" else 10 ** np.linspace(
    up - half, up + half, arguments.size
)
view = f"{arguments.condition}-{arguments.size}-{arguments.steps}-{across}-{up}-{arguments.decades}"
recorded = recording()
rows = []
for begin in range(0, arguments.size, ROWS):
    kept = folder / f"{view}-{begin}.npy"
    if not kept.exists():
        some = second[begin : begin + ROWS]
        numbers = {"rate_out": some, "rate_in": first}
        if arguments.condition == "offset":
            numbers = {"offset": some, "rate": first}
        result = retrograd.sweep(recorded, numbers=numbers, max_steps=arguments.steps, history=True, engine="batch")
        np.save(kept, measured(result["loss"].values))
    rows.append(np.load(kept))

measure = np.concatenate(rows)
slopes = boxes(measure < 0)
print(f"{arguments.condition}, {arguments.size} x {arguments.size}, {arguments.steps} steps:")
print(f"  converged      {(measure < 0).mean():.1%} of the map")
if len(slopes):
    spread = f"{slopes.min():.2f} to {slopes.max():.2f}"
    print(f"  box dimension  {np.median(slopes):.2f}  (local slopes {spread})")
    print(f"  in the paper   {PUBLISHED[arguments.condition]:.2f}  (the median over a sequence of zooms)")
try:
    from matplotlib import image

    image.imsave(folder / "map.png", coloured(measure)[::-1], cmap="Spectral", vmin=-1, vmax=1)
    print(f"  the map        {folder / 'map.png'}")
except ImportError:
    print("  no picture: that needs matplotlib")
