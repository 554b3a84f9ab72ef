"""Whether dropout and batch normalisation were in training mode. No check of its own: two checks ask this."""

from __future__ import annotations

from retrograd.checks.evidence import Turn, short
from retrograd.recording import Event


def is_training(turn: Turn, event: Event) -> bool | None:
    """Return the mode that a call of dropout or batch normalisation ran in; None for other calls."""
    name = short(event)
    if name in ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_dropout"):
        return any("dropout" in o.name or "bernoulli" in o.name for o in turn.shape.operations(event))
    if name == "batch_norm":
        for operation in turn.shape.operations(event):
            if "batch_norm" in operation.name:
                flags = [a for a in operation.arguments if isinstance(a, bool)]
                return flags[0] if flags else None
    return None
