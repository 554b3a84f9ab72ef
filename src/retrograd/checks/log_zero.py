"""log-zero: the logarithm of an exact zero."""

from __future__ import annotations

from collections.abc import Iterator

from retrograd.checks.calls import short
from retrograd.checks.code import number
from retrograd.checks.cures import logs_kept_finite
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.losses import made_by
from retrograd.checks.nonfinite import first_nonfinite, floats, has_zero, masked_later

LOGS = frozenset(["log", "log2", "log10", "log1p", "logit", "xlogy"])


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look whether the first number that is not finite is a logarithm, or the slope of one."""
    first = first_nonfinite(evidence)
    if first is None or short(first.forward) not in LOGS or not first.forward.inputs:
        return
    if first.hidden and masked_later(first.turn, first.forward) is not None:
        return  # where-nan tells it better
    turn, event = first.turn, first.forward
    given = next(floats(turn, event), event.inputs[0])
    extremes = evidence.extremes(turn, given)
    if not has_zero(evidence, turn, given) and not (short(event) == "logit" or (extremes and extremes[0] == 0)):
        return
    array = evidence.array(turn, given)
    zeros = f"{int((array == 0).sum())} of {array.size} entries" if array is not None else "an entry"
    made = made_by(evidence, turn, given, event.number)
    maker = short(made[1]) if made is not None else ""
    came = f" of what `{maker}` gave" if maker else ""
    cure = {
        "sigmoid": "Use binary_cross_entropy_with_logits (or logsigmoid) on the logits: it never computes "
        "the probability.",
        "softmax": "Use log_softmax (or cross_entropy) on the logits: it never computes the probability.",
    }.get(maker, "Keep the input away from zero: `torch.log(x.clamp_min(eps))`, with an eps that fits the data.")
    yield evidence.finding(
        "log-zero",
        "error",
        evidence.line_of(event),
        f"in step {turn.number} {zeros}{came} were exactly 0, and `{short(event)}` of 0 is -inf "
        f"(the input went from {number(extremes[0] if extremes else None)} to "
        f"{number(extremes[1] if extremes else None)})",
        f"An infinite loss, or 0 · inf = NaN, goes back into every parameter. {cure}",
        (logs_kept_finite(evidence, evidence.line_of(event)) if extremes and extremes[0] >= 0 else "") or cure,
        confidence=0.98,
        events=[(turn, event)],
    )
