"""Every page of a check is its test: its example has exactly the finding that is marked, its cure has none."""

import re
from pathlib import Path

import pytest

from retrograd.checks import CHECKS
from retrograd.diagnosis import page_of

pytest.importorskip("torch")

from retrograd import record
from retrograd.checks.finding import Finding
from retrograd.diagnosis import diagnose

# Some mistakes make PyTorch warn, too. A check that fails warns otherwise, and fails its test.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

MARK = "# <- here"
NAMES = [check.name for check in CHECKS]
BY_NAME = {check.name: check for check in CHECKS}


def blocks(name: str) -> list[str]:
    """Return the page's Python: the example and the cure."""
    return re.findall(r"```python\n(.*?)```", page_of(BY_NAME[name]), re.DOTALL)


def findings(code: str, folder: Path) -> list[Finding]:
    """Run a script under the recorder, as `retrograd diagnose` does, and return what it is told."""
    file = folder / "script.py"
    file.write_text(code)
    try:
        with record() as recording:
            exec(compile(code, str(file), "exec"), {"__name__": "__main__"})
    except (RuntimeError, TypeError, AttributeError, ValueError):
        pass  # some mistakes end in an error, which the recording holds
    return [finding for finding in diagnose(recording) if finding.severity != "info"]


@pytest.mark.parametrize("name", NAMES)
def test_example_has_exactly_the_marked_finding(name: str, tmp_path: Path) -> None:
    example, _ = blocks(name)
    marked = [number for number, line in enumerate(example.splitlines(), 1) if line.endswith(MARK)]
    assert [(finding.name, finding.line) for finding in findings(example, tmp_path)] == [(name, marked[0])]


@pytest.mark.parametrize("name", NAMES)
def test_cure_has_no_finding(name: str, tmp_path: Path) -> None:
    _, cure = blocks(name)
    assert findings(cure, tmp_path) == []


@pytest.mark.parametrize("name", NAMES)
def test_page_begins_with_its_name_and_marks_one_line(name: str) -> None:
    text = page_of(BY_NAME[name])
    assert text.startswith(f"# {name}\n")
    assert text.count(MARK) == 1
