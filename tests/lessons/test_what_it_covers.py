"""The table in docs/lesson.md: each row names a chapter that there is and a test that there is."""

import re
from pathlib import Path

import pytest

from retrograd.lessons.topics import topic_called

ROOT = Path(__file__).parents[2]
TABLE = (ROOT / "docs/lesson.md").read_text(encoding="utf-8").partition("## What it covers")[2]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in TABLE.splitlines() if re.match(r"\| [SC]\d", line)
]


def test_every_section_and_every_cell_is_there_once_and_in_order():
    names = [row[0] for row in ROWS]
    for letter, count in (("S", 20), ("C", 15)):
        assert [name for name in names if name[0] == letter] == [f"{letter}{n}" for n in range(1, count + 1)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_the_row_names_chapters_and_tests_that_there_are(row):
    _, what, chapters, tests = row
    assert what
    for chapter in chapters.split(","):
        topic_called(chapter)
    found = re.findall(r"`(test_\w+\.py)(?:::(\w+))?`", tests)
    assert found, "a row without a test"
    for file, function in found:
        text = (Path(__file__).parent / file).read_text(encoding="utf-8")
        assert not function or f"def {function}(" in text, f"{file} has no {function}"
