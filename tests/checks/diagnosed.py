"""What a script is told, recorded and diagnosed in the tests' own process."""

import contextlib
from pathlib import Path

from retrograd import diagnose, record


def findings(code: str, folder: Path, ends_in: tuple[type[Exception], ...] = ()) -> list[tuple[str, int]]:
    """Run a script under the recorder, as `retrograd diagnose` does, and return what is found: names and lines.

    Args:
        code: The script.
        folder: Where it is written.
        ends_in: Errors that it may end in; the recording holds them.
    """
    file = folder / "script.py"
    file.write_text(code)
    with contextlib.suppress(*ends_in), record() as recording:
        exec(compile(code, str(file), "exec"), {"__name__": "__main__"})
    return [(found.name, found.line) for found in diagnose(recording) if found.severity != "info"]
