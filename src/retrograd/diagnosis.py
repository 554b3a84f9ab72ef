"""diagnose(recording): which mistakes a training loop has, each with its line, its evidence and its cure."""

from __future__ import annotations

import re
import tomllib
import warnings
from collections.abc import Iterable, Iterator
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path

from retrograd.checks import CHECKS, Check, Tier
from retrograd.checks.causes import without_symptoms
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.recording import Recording

GROUP = "retrograd.checks"
"""The entry point of other people's checks: each names a `retrograd.checks.Check`."""

_COMMENT = re.compile(r"#\s*retrograd:\s*ignore(?:\[([^\]]*)\])?", re.IGNORECASE)


class CheckFailedWarning(RuntimeWarning):
    """A check could not be carried out on this recording; the others were."""


class SettingUnreadableWarning(UserWarning):
    """What a pyproject.toml says about the checks could not be read, and is left out."""


def diagnose(
    recording: Recording, *, checks: Iterable[Check] | None = None, ignore: Iterable[str] = ()
) -> list[Finding]:
    """Return the mistakes of a recorded loop, the cause before its symptoms.

    Args:
        recording: What was recorded; torch is not needed.
        checks: Which mistakes to look for; all if not given.
        ignore: Names of checks that are not wanted. A comment `# retrograd: ignore[name]` on the line of a finding
            does the same for that line.

    Returns:
        Findings, best first. Those of severity `info` are questions to the author and stand at the end.
    """
    unwanted = {named(name) for name in ignore}
    wanted = [check for check in (all_checks() if checks is None else checks) if check.name not in unwanted]
    evidence = Evidence(recording)
    order = {check.name: (check.tier, place) for place, check in enumerate(wanted)}
    found = [finding for check in wanted for finding in _carried_out(check, evidence)]
    found.sort(key=lambda finding: (finding.severity == "info", *order.get(finding.name, (Tier.THRESHOLD, 999))))
    tiers = {check.name: check.tier for check in wanted}
    return [finding for finding in without_symptoms(found, tiers) if not _is_ignored(recording, finding)]


def named(text: str) -> str:
    """Return the name of the check that somebody typed: `Same_batch` is `same-batch`."""
    return text.strip().lower().replace("_", "-")


def all_checks() -> list[Check]:
    """Return the checks of retrograd and those that installed packages register."""
    found = list(CHECKS)
    for entry in metadata.entry_points(group=GROUP):
        try:
            check = entry.load()
        except Exception as error:  # somebody else's package must not stop the diagnosis
            warnings.warn(f"the check {entry.name} cannot be loaded: {error!r}", CheckFailedWarning, stacklevel=2)
            continue
        found.append(check)
    return found


def page_of(check: Check) -> str:
    """Return the page of a check, Markdown; its summary if it has none."""
    try:
        spec = find_spec(_module_of(check))
        return Path(spec.origin if spec and spec.origin else "").with_suffix(".md").read_text(encoding="utf-8")
    except (OSError, ImportError, ValueError):
        return f"# {check.name}\n\n{check.summary}\n"


def ignored_in(folder: str) -> list[str]:
    """Return the checks that `[tool.retrograd] ignore` in the nearest pyproject.toml names.

    A file that cannot be read, or says something else there, leaves nothing out and is warned of
    (SettingUnreadableWarning).
    """
    start = Path(folder).absolute()
    file = next((file for place in (start, *start.parents) if (file := place / "pyproject.toml").is_file()), None)
    if file is None:
        return []
    names, trouble = _names_to_ignore(file)
    if trouble:
        warnings.warn(f"{file} {trouble}, so it leaves no check out.", SettingUnreadableWarning, stacklevel=2)
    return names


def _names_to_ignore(file: Path) -> tuple[list[str], str]:
    """Return what a pyproject.toml leaves out, and what is wrong with it."""
    try:
        settings = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        return [], f"cannot be read ({error.strerror})"
    except ValueError as error:  # no TOML, or no UTF-8
        return [], f"is no TOML ({error})"
    for table in ("tool", "retrograd"):
        settings = settings.get(table, {})
        if not isinstance(settings, dict):
            return [], f"has no table where [tool.retrograd] should be, but {settings!r}"
    names = settings.get("ignore", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return [], f"does not give a list of names to ignore, but {names!r}"
    return names, ""


def _module_of(check: Check) -> str:
    return check.module or f"retrograd.checks.{check.name.replace('-', '_')}"


def _carried_out(check: Check, evidence: Evidence) -> Iterator[Finding]:
    try:
        yield from list(import_module(_module_of(check)).find(evidence))
    except Exception as error:  # one check that fails must not hide what the others find
        warnings.warn(f"the check {check.name} failed: {error!r}", CheckFailedWarning, stacklevel=3)


def _is_ignored(recording: Recording, finding: Finding) -> bool:
    lines = recording.texts.get(finding.file, "").splitlines()
    comment = _COMMENT.search(lines[finding.line - 1]) if 0 < finding.line <= len(lines) else None
    if comment is None:
        return False
    names = comment.group(1)
    return names is None or finding.name in map(named, names.split(","))
