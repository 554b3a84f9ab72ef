"""Each chapter takes at most a quarter of an hour, by the estimate in docs/lesson.md; the clinic in each sitting."""

import re
from pathlib import Path

import pytest

from retrograd.lessons.notebooks import notebook_of
from retrograd.lessons.topics import topics

DOCS = (Path(__file__).parents[2] / "docs/lesson.md").read_text(encoding="utf-8")
WORDS_A_MINUTE, CODE_LINES_A_MINUTE = 200, 40
SECONDS = {"answer": 45, "recording": 30, "cell": 6}
"""To think about a question, to step through a recording, to run a cell and read what it printed."""


def sittings(topic) -> list[list[dict]]:
    """Return the cells of a chapter, parted where a first heading stands."""
    parts: list[list[dict]] = []
    for cell in notebook_of(topic)["cells"]:
        if cell["cell_type"] == "markdown" and cell["source"].startswith("# "):
            parts.append([])
        parts[-1].append(cell)
    return parts


def minutes(cells: list[dict]) -> float:
    prose = " ".join(cell["source"] for cell in cells if cell["cell_type"] == "markdown")
    code = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
    words = len(re.findall(r"\w[\w'.]*", prose))
    lines = sum(bool(line.strip()) for source in code for line in source.splitlines())
    questions = sum("question" in cell["metadata"] for cell in cells)
    recordings = sum(bool(re.fullmatch(r"\w+", source.strip())) or "chapter.case" in source for source in code)
    seconds = questions * SECONDS["answer"] + recordings * SECONDS["recording"] + len(code) * SECONDS["cell"]
    return words / WORDS_A_MINUTE + lines / CODE_LINES_A_MINUTE + seconds / 60


@pytest.mark.parametrize("topic", topics(), ids=lambda topic: topic.name)
def test_each_sitting_is_within_a_quarter_of_an_hour(topic):
    assert all(minutes(cells) <= 15 for cells in sittings(topic)), [round(minutes(c), 1) for c in sittings(topic)]
    assert (len(sittings(topic)) == 3) == (topic.name == "14_clinic")


def test_the_estimate_counts_what_it_says():
    # By hand: 6 words (the heading's 2, the prose's 4), 2 lines of code, a question, a recording, 2 cells:
    # 6 / 200 + 2 / 40 + (45 + 30 + 2 * 6) / 60 minutes.
    cells = [
        {"cell_type": "markdown", "source": "# A title\n\nand four words more", "metadata": {"question": "one"}},
        {"cell_type": "code", "source": "recording", "metadata": {}},
        {"cell_type": "code", "source": "print(1)\n", "metadata": {}},
    ]
    assert minutes(cells) == pytest.approx(6 / 200 + 2 / 40 + 87 / 60)


def test_the_page_says_the_estimate_and_its_ends():
    found = [minutes(cells) for topic in topics() for cells in sittings(topic)]
    said = re.search(r"between (\d+) and (\d+) minutes", DOCS)
    assert said, "docs/lesson.md does not say how long a chapter takes"
    assert [int(number) for number in said.groups()] == [int(min(found)), int(max(found)) + 1]
    for number in (WORDS_A_MINUTE, CODE_LINES_A_MINUTE, *SECONDS.values()):
        assert re.search(rf"\b{number}\b", DOCS)
