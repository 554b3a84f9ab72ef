"""What a script is told, recorded and diagnosed in the tests' own process."""

import contextlib
from pathlib import Path

from retrograd import diagnose, record
from retrograd.checks.finding import Finding

ERRORS = (RuntimeError, TypeError, AttributeError, ValueError)
"""What mistakes may end in."""


def findings(code: str, folder: Path, ends_in: tuple[type[Exception], ...] = ()) -> list[Finding]:
    """Run a script under the recorder, as `retrograd diagnose` does, and return what it is told.

    Args:
        code: The script.
        folder: Where it is written.
        ends_in: Errors that it may end in; the recording holds them.
    """
    file = folder / "script.py"
    file.write_text(code)
    with contextlib.suppress(*ends_in), record() as recording:
        exec(compile(code, str(file), "exec"), {"__name__": "__main__"})
    return [found for found in diagnose(recording) if found.severity != "info"]


def told(code: str, folder: Path, ends_in: tuple[type[Exception], ...] = ()) -> list[tuple[str, int]]:
    """The names and lines of `findings`."""
    return [(finding.name, finding.line) for finding in findings(code, folder, ends_in)]
