"""What a check returns. Nothing here knows recordings' insides, PyTorch or screens."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

Severity = Literal["error", "warning", "info"]
"""`error`: what the loop did contradicts what it is for, whatever the numbers; `warning`: the numbers of this loop
speak for a mistake; `info`: a question, because only the author can know."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line of the person's code that takes part in a finding."""

    file: str
    number: int
    """From 1."""
    role: str
    """What the line does there, as in `clears w.grad`."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake in one loop."""

    name: str
    """What is wrong: the check's name."""
    severity: Severity
    file: str
    line: int
    """From 1; 0 if no line of the person's code can be named."""
    fact: str
    """What happened, with the numbers of this loop."""
    why: str
    """What that does to the training."""
    fix: str
    """A diff of the person's code, or a sentence where there is no mechanical change."""
    confidence: float
    """Between 0 and 1: near 1 for facts of provenance, lower where a threshold or the author's intent decides."""
    lines: tuple[Place, ...] = ()
    """Other lines that take part."""
    events: tuple[tuple[int, int], ...] = ()
    """(step, event) in the recording, where the fact can be looked at."""

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # what IPython hands over has no public type
        """Show the finding in a notebook."""
        # Views stand above checks: they are looked up by name when a notebook asks.
        screen = import_module("retrograd.views.text").Screen()
        printer.text(import_module("retrograd.views.findings").finding_text(self, screen).rstrip())
