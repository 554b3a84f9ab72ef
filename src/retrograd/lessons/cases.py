"""A recording whose mistake is to be named: looked at first, and diagnosed behind the right answer only."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from retrograd.checks.finding import Finding
from retrograd.lessons.grading import Graded
from retrograd.recording import Recording
from retrograd.views.findings import finding_text
from retrograd.views.notebook import mimebundle
from retrograd.views.text import Screen


@dataclass(frozen=True)
class Case:
    """A recording, what was answered about it, and what `diagnose` finds if that was right."""

    recording: Recording
    graded: Graded
    findings: Sequence[Finding]

    def __bool__(self) -> bool:
        return bool(self.graded)

    def _repr_mimebundle_(self, **_: Any) -> Any:  # what IPython asks for and takes
        bundle = mimebundle(self.recording, findings=())
        said = f"{self.graded!r}\n\n{report(self.findings)}".rstrip()
        bundle["text/plain"] += f"\n\n{said}"
        if "text/html" in bundle:
            bundle["text/html"] += f'<pre style="white-space:pre-wrap">{html.escape(said)}</pre>'
        return bundle


def report(findings: Sequence[Finding]) -> str:
    """Return what was found as text."""
    return "\n".join(finding_text(finding, Screen()) for finding in findings).rstrip()
