"""Whether dropout and batch normalisation were in training mode. No check of its own: two checks ask this."""

from __future__ import annotations

from retrograd.checks.calls import short
from retrograd.checks.turns import Turn
from retrograd.recording import Event


def is_training(turn: Turn, event: Event) -> bool | None:
    """Return the mode that a call of dropout or batch normalisation ran in; None for other calls."""
    name = short(event)
    if name in ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_dropout"):
        for operation in turn.shape.operations(event):
            if "bernoulli" in operation.name:
                return True
            if "dropout" in operation.name:  # under inference_mode it stays one operation, which is told the mode
                flags = [a for a in operation.arguments if isinstance(a, bool)]
                return flags[0] if flags else True
        return False
    if name == "batch_norm":
        for operation in turn.shape.operations(event):
            if "batch_norm" in operation.name:
                flags = [a for a in operation.arguments if isinstance(a, bool)]
                return flags[0] if flags else None
    return None
