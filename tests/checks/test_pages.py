"""Every page of a check is its test: its example has exactly the finding that is marked, its cure has none."""

import re
from pathlib import Path

import pytest

from retrograd.checks import CHECKS
from retrograd.diagnosis import page_of

pytest.importorskip("torch")

from diagnosed import ERRORS, told

# Some mistakes make PyTorch warn, too. A check that fails warns otherwise, and fails its test.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

MARK = "# <- here"
NAMES = [check.name for check in CHECKS]
BY_NAME = {check.name: check for check in CHECKS}


def blocks(name: str) -> list[str]:
    """Return the page's Python: the example and the cure."""
    return re.findall(r"```python\n(.*?)```", page_of(BY_NAME[name]), re.DOTALL)


@pytest.mark.parametrize("name", NAMES)
def test_example_has_exactly_the_marked_finding(name: str, tmp_path: Path) -> None:
    example, _ = blocks(name)
    marked = [number for number, line in enumerate(example.splitlines(), 1) if line.endswith(MARK)]
    assert told(example, tmp_path, ERRORS) == [(name, marked[0])]


@pytest.mark.parametrize("name", NAMES)
def test_cure_has_no_finding(name: str, tmp_path: Path) -> None:
    _, cure = blocks(name)
    assert told(cure, tmp_path, ERRORS) == []


@pytest.mark.parametrize("name", NAMES)
def test_page_begins_with_its_name_and_marks_one_line(name: str) -> None:
    text = page_of(BY_NAME[name])
    assert text.startswith(f"# {name}\n")
    assert text.count(MARK) == 1
