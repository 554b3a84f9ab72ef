"""A chapter as a notebook: valid, for a learner's seed, with cells that keep their names."""

import re

import nbformat
import pytest

from retrograd.errors import LessonError
from retrograd.lessons.notebooks import notebook_of
from retrograd.lessons.topics import Topic, questions_of, topic_called, topics

SOURCE = """# %% [markdown]
# # 3. A title
# torch.manual_seed(0) in prose stays

# %%
# %load_ext retrograd
from retrograd.lessons import begin; chapter = begin("00_objects")

# %% [markdown] question="leaves"
# Which?

# %% tags=["answer"]
leaves = ...  # a, b or c

# %% tags=["raises-exception"]
# %%record twin
import torch
torch.manual_seed(0)
torch.manual_seed(01)
"""


@pytest.fixture
def made() -> dict:
    return notebook_of(Topic("03_title", "A title", SOURCE), 41, {"leaves": "b"})


@pytest.mark.parametrize("topic", topics(), ids=lambda topic: topic.name)
def test_each_chapter_is_a_valid_notebook_that_asks_what_its_module_asks(topic):
    made = notebook_of(topic, 7)
    nbformat.validate(made)
    assert made["metadata"]["kernelspec"]["name"] == "python3"
    asked = [cell["metadata"]["question"] for cell in made["cells"] if "question" in cell["metadata"]]
    code = "".join(cell["source"] for cell in made["cells"] if cell["cell_type"] == "code")
    answers = "".join(cell["source"] for cell in made["cells"] if "answer" in cell["metadata"].get("tags", ()))
    assert asked
    assert sorted(asked) == sorted(questions_of(topic.name))
    assert "torch.manual_seed(0)" not in code
    for question in asked:
        assert f"{question} = ..." in answers, question
        assert re.search(rf'chapter\.(check|case)\("{question}"', code), question


def test_the_learner_gets_a_seed_and_answers_where_they_belong(made):
    markdown, setup, question, answer, recorded = (cell["source"] for cell in made["cells"])
    assert "torch.manual_seed(0) in prose stays" in markdown
    assert setup == '%load_ext retrograd\nfrom retrograd.lessons import begin; chapter = begin("00_objects", seed=41)'
    assert question == "Which?"
    assert answer == "leaves = 'b'  # a, b or c"
    assert recorded.splitlines() == ["%%record twin", "import torch", "torch.manual_seed(41)", "torch.manual_seed(01)"]


def test_tags_and_questions_are_kept_and_names_are_the_same_each_time(made):
    assert made["cells"][2]["metadata"] == {"question": "leaves"}
    assert [cell["metadata"].get("tags") for cell in made["cells"]] == [
        None,
        None,
        None,
        ["answer"],
        ["raises-exception"],
    ]
    assert [cell["id"] for cell in made["cells"]] == [f"03-title-{number:02}" for number in range(5)]


@pytest.mark.parametrize("wanted", ["0", "00", "objects", "00_objects", "00_objects.ipynb", " Objects "])
def test_a_chapter_is_found_by_its_number_and_by_its_topic(wanted):
    assert topic_called(wanted).name == "00_objects"


def test_a_chapter_that_is_not_there_is_said_with_the_nearest_one():
    with pytest.raises(LessonError, match="Did you mean objects"):
        topic_called("object")
    with pytest.raises(LessonError, match="There are 0 to"):
        topic_called("99")
