"""Record a hand-written PyTorch training loop without changing it; replay it step by step.

    with retrograd.record() as recording:
        ...the loop, unchanged...
    retrograd.show(recording)

PyTorch is loaded when a name that needs it is first used: a saved recording opens without it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retrograd.checks.finding import Finding as Finding
    from retrograd.diagnosis import diagnose as diagnose
    from retrograd.explanation import Explanation as Explanation
    from retrograd.explanation import explain as explain
    from retrograd.magic import load_ipython_extension as load_ipython_extension
    from retrograd.recorder import record as record
    from retrograd.recording import Recording as Recording
    from retrograd.replays import replay as replay
    from retrograd.store import load as load
    from retrograd.store import save as save
    from retrograd.sweeps import sweep as sweep
    from retrograd.verification import Verification as Verification
    from retrograd.verification import verify as verify
    from retrograd.views import show as show

_HOMES = {
    "Explanation": "retrograd.explanation",
    "Finding": "retrograd.checks.finding",
    "Recording": "retrograd.recording",
    "Verification": "retrograd.verification",
    "diagnose": "retrograd.diagnosis",
    "explain": "retrograd.explanation",
    "load": "retrograd.store",
    "load_ipython_extension": "retrograd.magic",
    "record": "retrograd.recorder",
    "replay": "retrograd.replays",
    "save": "retrograd.store",
    "show": "retrograd.views",
    "sweep": "retrograd.sweeps",
    "verify": "retrograd.verification",
}
"""Where the public names live."""

__all__ = sorted(_HOMES)
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:  # whatever the name stands for
    if name not in _HOMES:
        raise AttributeError(f"retrograd has no {name!r}; it has {', '.join(sorted(_HOMES))}")
    return getattr(import_module(_HOMES[name]), name)
