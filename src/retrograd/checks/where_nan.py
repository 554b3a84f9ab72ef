"""where-nan: the branch that `where` did not select is not finite, and comes back as NaN in the backward."""

from __future__ import annotations

from collections.abc import Iterator

from retrograd.checks.calls import short
from retrograd.checks.cures import kept_from_zero, logs_kept_finite
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.nonfinite import first_nonfinite, masked_later


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look whether gradients first stopped to be finite in a branch that a mask had left out."""
    first = first_nonfinite(evidence)
    if first is None or not first.backward:
        return
    turn, event = first.turn, first.forward
    mask = masked_later(turn, event)
    if mask is None:
        return
    bad = sum(evidence.nonfinite(turn, r) for r in event.outputs)
    line = evidence.line_of(event)
    shown = f"{bad} entries of `{short(event)}` were not finite" if bad else f"`{short(event)}` had an infinite slope"
    yield evidence.finding(
        "where-nan",
        "error",
        line,
        f"in step {turn.number} {shown}, `{short(mask)}` left them out, and the loss was finite; but the backward of "
        f"`{short(event)}` multiplied 0 by infinity",
        "A gradient of zero for what was not selected does not help: 0 · inf = NaN.",
        kept_from_zero(evidence, line, signed=True)
        or (logs_kept_finite(evidence, line) if short(event).startswith("log") else "")
        or "Make the input harmless before the operation, and select afterwards: `x / torch.where(ok, y, 1.0)`.",
        confidence=0.97,
        others=[(evidence.line_of(mask), "leaves them out")],
        events=[(turn, event), (turn, mask), (turn, first.event)],
    )
