"""Findings as text for a terminal, as JSON, as annotations on GitHub, and as SARIF."""

from __future__ import annotations

import json
import linecache
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from retrograd.checks import CHECKS
from retrograd.checks.finding import Finding
from retrograd.views.lines import file_name
from retrograd.views.text import Screen, ends, finished, paragraph

LEVELS = {"error": "error", "warning": "warning", "info": "note"}
"""What SARIF calls the severities."""
GITHUB = {"error": "error", "warning": "warning", "info": "notice"}


def findings_text(
    findings: Sequence[Finding], screen: Screen, *, title: str, steps: int, left_out: Sequence[str] = ()
) -> str:
    """Return findings as text: the fact, the line, why it matters, the fix.

    Args:
        findings: Best first.
        screen: What the text is for.
        title: The script or the recording.
        steps: How many steps were looked at.
        left_out: Checks that were not wanted.
    """
    return finished(_text(findings, screen, title, steps, left_out), screen)


def finding_text(finding: Finding, screen: Screen) -> str:
    """Return one finding as text, as a notebook shows it."""
    return finished(_one(finding, screen), screen)


def _text(
    findings: Sequence[Finding], screen: Screen, title: str, steps: int, left_out: Sequence[str]
) -> Iterator[str]:
    faults = [finding for finding in findings if finding.severity != "info"]
    count = f"{len(faults)} finding{'' if len(faults) == 1 else 's'}"
    yield screen.paint("bold", ends(title, f"{count} in {steps} step{'' if steps == 1 else 's'}", screen.width))
    if not findings:
        yield ""
        yield f"No mistake found by {len(CHECKS) - len(left_out)} checks."
    if left_out:
        yield from ("", *paragraph(f"Not looked for: {', '.join(left_out)}.", screen.width))
    for finding in findings:
        yield ""
        yield from _one(finding, screen)


def _one(finding: Finding, screen: Screen) -> Iterator[str]:
    where = f"{file_name(finding.file)}:{finding.line}" if finding.line else ""
    severity = "question" if finding.severity == "info" else finding.severity
    colour = "error" if finding.severity == "error" else "bold"
    yield screen.paint(colour, ends(f"{severity}: {finding.name}", where, screen.width))
    text = _source(finding.file, finding.line)
    if text:
        yield screen.paint("bold", f"  {finding.line:>4} │ {text}")
    yield from (f"  {line}" for line in paragraph(finding.fact, screen.width - 4))
    for place in finding.lines:
        if (place.file, place.number) != (finding.file, finding.line):
            yield screen.paint("dim", f"  line {place.number} {place.role}")
    yield ""
    yield from (f"  {line}" for line in paragraph(finding.why, screen.width - 4))
    if finding.fix:
        yield ""
        yield from _fix(finding.fix, screen)
    yield screen.paint("dim", f"  confidence {finding.confidence:.0%}; more: retrograd rule {finding.name}")


def _fix(fix: str, screen: Screen) -> Iterator[str]:
    if not fix.startswith("---"):
        yield from (f"  {line}" for line in paragraph(f"Fix: {fix}", screen.width - 4))
        return
    for line in fix.splitlines()[2:]:
        colour = {"+": "update", "-": "error"}.get(line[:1], "dim")
        yield screen.paint(colour, f"  {line}")


def _source(file: str, number: int) -> str:
    return linecache.getline(file, number).rstrip("\n")  # a cell of a notebook has its lines only there


def findings_json(findings: Sequence[Finding]) -> str:
    """Return findings for other programs; later versions only add fields."""
    return json.dumps([plain(finding) for finding in findings], allow_nan=False)


def plain(finding: Finding) -> dict[str, Any]:
    """Return a finding as plain data."""
    return {
        "name": finding.name,
        "severity": finding.severity,
        "file": finding.file,
        "line": finding.line,
        "lines": [{"file": p.file, "line": p.number, "role": p.role} for p in finding.lines],
        "fact": finding.fact,
        "why": finding.why,
        "fix": finding.fix,
        "confidence": finding.confidence,
        "events": [{"step": step, "event": event} for step, event in finding.events],
    }


def findings_github(findings: Sequence[Finding]) -> str:
    """Return findings as workflow commands, which GitHub shows beside the lines of a pull request."""
    return "".join(
        f"::{GITHUB[f.severity]} file={_property(_relative(f.file))},line={f.line},title={_property(f.name)}::"
        f"{_message(f'{f.fact}. {f.why}')}\n"
        for f in findings
    )


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")


def _relative(file: str) -> str:
    try:
        inside = os.path.relpath(file)
    except ValueError:
        return file
    return file if inside.startswith("..") else inside.replace(os.sep, "/")


def findings_sarif(findings: Sequence[Finding], version: str) -> str:
    """Return findings in the Static Analysis Results Interchange Format 2.1.0, as code hosts and editors read it."""
    names = list(dict.fromkeys(finding.name for finding in findings))
    summaries = {check.name: check.summary for check in CHECKS}
    rules = [{"id": name, "shortDescription": {"text": summaries.get(name, name)}} for name in names]
    run = {
        "tool": {"driver": {"name": "retrograd", "version": version, "rules": rules}},
        "results": [_result(finding, names) for finding in findings],
    }
    schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
    return json.dumps({"$schema": schema, "version": "2.1.0", "runs": [run]}, allow_nan=False)


def _result(finding: Finding, names: list[str]) -> dict[str, Any]:
    return {
        "ruleId": finding.name,
        "ruleIndex": names.index(finding.name),
        "level": LEVELS[finding.severity],
        "message": {"text": f"{finding.fact}. {finding.why}"},
        "locations": [_location(finding.file, finding.line)] if finding.line else [],
        "relatedLocations": [
            {**_location(place.file, place.number), "message": {"text": place.role}}
            for place in dict.fromkeys(finding.lines)
        ],
        "rank": round(100 * finding.confidence, 1),
    }


def _location(file: str, number: int) -> dict[str, Any]:
    uri = _relative(file)
    artifact = Path(uri).as_uri() if os.path.isabs(uri) else quote(uri)
    return {"physicalLocation": {"artifactLocation": {"uri": artifact}, "region": {"startLine": max(1, number)}}}
