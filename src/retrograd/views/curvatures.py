"""The curvature of the loss along the steps, as a table for the terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from retrograd.views.numbers import number
from retrograd.views.text import Screen, finished, paragraph

if TYPE_CHECKING:
    from retrograd.curvature import Curvature, Curvatures
    from retrograd.recording import Recording

MOST_SKIPPED = 5


def curvature_text(recording: Recording, found: Curvatures, screen: Screen) -> str:
    """Return a table: for each step the largest curvature, the limit that it sets, and the learning rate used."""
    lines = [
        screen.paint("bold", f"{'step':>6}  {'loss':>10}  {'curvature':>10}  {'limit':>10}  {'learning rate':>13}")
    ]
    for row in found.rows:
        loss = number(float(recording.loss[row.step]))
        rate = "" if row.learning_rate is None else number(row.learning_rate)
        above = "  above the limit" if row.learning_rate is not None and row.learning_rate > row.limit else ""
        line = f"{row.step:>6}  {loss:>10}  {_six(row.largest):>10}  {_six(row.limit):>10}  {rate:>13}{above}"
        lines.append(line)
    if found.rows:
        lines += ["", *_meaning(found.rows, screen)]
    for sentence in found.skipped[:MOST_SKIPPED]:
        lines += paragraph(sentence, screen.width)
    if len(found.skipped) > MOST_SKIPPED:
        lines.append(f"… {len(found.skipped) - MOST_SKIPPED} more steps without a curvature")
    return finished(lines, screen)


def _meaning(rows: tuple[Curvature, ...], screen: Screen) -> list[str]:
    text = (
        "curvature: the largest eigenvalue of the Hessian of the loss at the start of the step. limit: 2 / curvature; "
        "near a minimum, plain gradient descent with a larger learning rate moves away from it. A loss without a "
        "minimum has no such limit."
    )
    uncertain = max((row.residual / abs(row.largest) for row in rows if row.residual and row.largest), default=0.0)
    if uncertain and not math.isnan(uncertain):
        text += f" Found by products with vectors, to {number(uncertain)} of itself."
    if any(row.learning_rate is None for row in rows):
        text += " Where no learning rate stands, the update is no plain gradient descent."
    return list(paragraph(text, screen.width))


def _six(value: float) -> str:
    return f"{value:.6g}"
