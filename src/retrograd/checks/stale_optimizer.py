"""stale-optimizer: the optimiser holds tensors that are no longer those of the forward pass."""

from __future__ import annotations

from collections.abc import Iterator

from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.param_not_in_optimizer import both


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look for leaves without an update while the optimiser holds tensors of their shape that get no gradient."""
    return (finding for finding in both(evidence) if finding.name == "stale-optimizer")
