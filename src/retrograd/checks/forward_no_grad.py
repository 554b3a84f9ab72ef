"""forward-no-grad: see its page."""

from __future__ import annotations

from collections.abc import Iterator

from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.no_graph import explained


def find(evidence: Evidence) -> Iterator[Finding]:
    """Explain a loss without a graph, if this is why."""
    return (finding for finding in explained(evidence) if finding.name == "forward-no-grad")
