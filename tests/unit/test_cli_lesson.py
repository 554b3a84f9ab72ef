"""`retrograd lesson` as it is typed."""

import json
import re
import webbrowser

import nbformat
import pytest

from retrograd.cli import lesson, main


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def started(monkeypatch):
    """What would have been started as JupyterLab."""
    paths = []
    monkeypatch.setattr(lesson, "_jupyterlab", lambda path: paths.append(path) or 0)
    return paths


@pytest.fixture
def without(monkeypatch):
    """Make modules look as if they were not installed."""
    real = lesson.find_spec

    def hide(*names):
        monkeypatch.setattr(lesson, "find_spec", lambda name: None if name in names else real(name))

    return hide


def test_it_opens_the_next_chapter_in_jupyterlab(here, started, capsys):
    assert main(["lesson"]) == 0
    assert started == ["retrograd-lesson/00_objects.ipynb"]
    printed = capsys.readouterr().out
    assert "Four tensors" in printed
    assert max(map(len, printed.splitlines())) <= 80


def test_it_opens_the_chapter_that_is_asked_for(here, started):
    for asked in ("2", "loss", "02_loss"):
        assert main(["lesson", asked]) == 0
    assert started == ["retrograd-lesson/02_loss.ipynb"] * 3


def test_a_chapter_that_is_not_there_makes_no_folder(here, started, capsys):
    assert main(["lesson", "los"]) == 2
    assert "Did you mean loss?" in capsys.readouterr().err
    assert not [*here.iterdir()]


def test_without_the_extra_it_says_what_to_type(here, without, capsys):
    without("jupytext")
    assert main(["lesson"]) == 2
    assert "jupytext, which is not installed. Type: pip install 'retrograd[lesson]'" in capsys.readouterr().err
    assert not [*here.iterdir()]


def test_without_jupyterlab_it_makes_a_page_and_opens_the_browser(here, without, monkeypatch, capsys):
    without("jupyterlab")
    opened = []
    monkeypatch.setattr(webbrowser, "open", lambda address: opened.append(address) or True)
    assert main(["lesson", "--seed", "3"]) == 0
    assert opened == [(here / "retrograd-lesson/pages/00_objects.html").as_uri()]
    assert "JupyterLab is not installed" in capsys.readouterr().out
    text = re.sub("<[^>]*>", "", (here / "retrograd-lesson/pages/00_objects.html").read_text())
    assert "torch.manual_seed(3)" in text


def test_without_a_browser_it_says_the_address_of_the_page(here, monkeypatch, capsys):
    monkeypatch.setattr(webbrowser, "open", lambda address: False)
    assert main(["lesson", "0", "--page"]) == 0
    printed = capsys.readouterr().out
    assert (here / "retrograd-lesson/pages/00_objects.html").as_uri() in printed
    assert printed.endswith("retrograd lesson 1 --page\n")


def test_no_browser_says_what_to_type(here, started, capsys):
    assert main(["lesson", "--no-browser"]) == 0
    assert "jupyter lab retrograd-lesson/00_objects.ipynb" in capsys.readouterr().out
    assert not started


def test_a_folder_that_is_no_lesson_is_said(here, capsys):
    (here / "retrograd-lesson").write_text("")
    assert main(["lesson"]) == 2
    assert "is a file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["pages"], "into which folder"),
        (["new"], "of which script"),
        (["new", "nowhere.py"], "no script nowhere.py"),
        (["4", "5"], "takes nothing more"),
    ],
)
def test_what_is_missing_or_too_much_is_said(here, capsys, typed, said):
    assert main(["lesson", *typed]) == 2
    assert said in capsys.readouterr().err


def test_a_seed_is_a_number(here, capsys):
    with pytest.raises(SystemExit):
        main(["lesson", "--seed", "lucky"])
    assert "'lucky' is no seed, such as 7" in capsys.readouterr().err


LOOP = """\
import torch

w = torch.zeros(2, requires_grad=True)
for step in range(3):
    loss = ((w - 1) ** 2).sum()
    loss.backward()
    with torch.no_grad():
        w -= 0.25 * w.grad
    w.grad = None
"""


def test_a_chapter_is_made_of_a_script(here, capsys):
    (here / "bowl.py").write_text(LOOP)
    assert main(["lesson", "new", "bowl.py"]) == 0
    notebook = nbformat.read(here / "bowl_chapter.ipynb", as_version=4)
    nbformat.validate(notebook)
    text = "\n".join(cell.source for cell in notebook.cells)
    assert "%%record\n" + LOOP.strip() in text
    assert "runs 3 steps" in text
    sections = [line for line in text.splitlines() if line.startswith("## ")]
    assert [section.split()[1].rstrip(":") for section in sections[:5]] == [
        "Forward", "Backward", "Accumulate", "Update", "Clear",
    ]  # fmt: skip
    assert "- line 6: `loss.backward()`" in text
    # A file of that name stays.
    assert main(["lesson", "new", "bowl.py"]) == 2
    assert "--force replaces it" in capsys.readouterr().err


def test_the_new_chapter_grades_from_the_recording(here):
    from IPython.core.interactiveshell import InteractiveShell

    (here / "bowl.py").write_text(LOOP)
    assert main(["lesson", "new", "bowl.py"]) == 0
    shell = InteractiveShell()
    for cell in json.loads((here / "bowl_chapter.ipynb").read_text())["cells"]:
        if cell["cell_type"] == "code":
            shell.run_cell(cell["source"]).raise_error()
    # By hand: the loss is 2 (1 - w)^2, and each step halves 1 - w: 2, 2/4, 2/16.
    question, recording = shell.user_ns["last_loss"], shell.user_ns["recording"]
    assert question(recording, 0.125)
    assert not question(recording, 0.5)
    shell.history_manager.end_session()


def test_a_script_without_a_loop_makes_no_chapter(here, capsys):
    (here / "forward.py").write_text("import torch\nprint(torch.ones(2))\n")
    assert main(["lesson", "new", "forward.py"]) == 2
    assert "never called backward" in capsys.readouterr().err
    (here / "broken.py").write_text("import torch\n1 / 0\n")
    assert main(["lesson", "new", "broken.py"]) == 2
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert sorted(path.name for path in here.iterdir()) == ["broken.py", "forward.py"]


@pytest.mark.slow
def test_pages_and_key_come_from_running_every_chapter(here, capsys, monkeypatch):
    from retrograd.lessons import topics

    first = topics.topics()[:2]
    monkeypatch.setattr(topics, "topics", lambda: first)
    assert main(["lesson", "pages", "out", "--seed", "7"]) == 0
    names = ["00_objects.html", "01_forward.html"]
    assert sorted(path.name for path in (here / "out").iterdir()) == [*names, "index.html"]
    assert re.findall('href="([^"]*html)"', (here / "out/index.html").read_text()) == names
    assert main(["lesson", "key", "--seed", "7"]) == 0
    printed = capsys.readouterr().out.splitlines()
    # By hand: all four are leaves; 5 * 3 + 3 numbers learn.
    assert ["leaves", "b"] in [line.split() for line in printed]
    assert ["learnable", "18"] in [line.split() for line in printed]


@pytest.mark.slow
def test_what_was_predicted_on_a_page_is_counted_in_the_list_of_the_notebooks(here, capsys):
    from retrograd.lessons import progress

    # By hand, as above: b, 18, b. The page was made with another seed than the learner's; one question is open.
    progress.write(str(here), progress.Progress(8, {"00_objects": {"learnable": {"right": True, "tries": 1}}}))
    assert main(["lesson", "0", "--seed", "7", "--predicted=b,,a"]) == 0
    printed = capsys.readouterr().out
    assert "2 of 3" in printed
    assert printed.endswith("Counted: leaves, scaled_is_leaf.\n")
    assert progress.read(str(here)).answered["00_objects"] == {
        "learnable": {"right": True, "tries": 1},
        "leaves": {"right": True, "tries": 1},
        "scaled_is_leaf": {"right": False, "tries": 1},
    }


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["--predicted=b"], "of which chapter"),
        (["0", "--predicted=b"], "has 3 questions, and these are 1 answers"),
        (["pages", "out", "--seed", "926"], "Take 927"),
        (["key", "--seed", "1000"], "0 to 999"),
    ],
)
def test_what_cannot_be_counted_or_made_is_said_and_runs_nothing(here, capsys, typed, said):
    assert main(["lesson", *typed]) == 2
    assert said in capsys.readouterr().err


def test_it_is_listed_among_the_commands(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "lesson" in capsys.readouterr().out


def test_a_script_without_pytorch_makes_no_chapter_and_says_so(here, capsys):
    (here / "plain.py").write_text("print(1)\n")
    assert main(["lesson", "new", "plain.py"]) == 2
    said = capsys.readouterr().err
    assert "plain.py has no loop to make a chapter of" in said
    assert "did not come to its end" not in said


def sections_of(path) -> dict[str, str]:
    """Return the texts below the second headings of a notebook, by their first words."""
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    texts = [cell.source for cell in notebook.cells if cell.source.startswith("## ")]
    return {text[3:].partition("\n")[0].partition(":")[0]: text for text in texts}


def test_what_is_cleared_at_the_top_of_the_loop_has_its_section(here):
    begins = LOOP.replace("for step", "optimizer = torch.optim.SGD([w], lr=0.25)\nfor step").replace(
        "    w.grad = None\n", ""
    )
    begins = begins.replace("    loss = ", "    optimizer.zero_grad()\n    loss = ")
    (here / "top.py").write_text(begins)
    assert main(["lesson", "new", "top.py"]) == 0
    clear = sections_of(here / "top_chapter.ipynb")["Clear"]  # in the first step there is no gradient yet
    assert "In step 1 " in clear
    assert "- line 6: `optimizer.zero_grad()`" in clear


def test_a_chapter_of_a_script_that_fails_lets_its_cell_fail(here, capfd):
    (here / "tracked.py").write_text(LOOP.replace("    with torch.no_grad():\n        w -=", "    w -="))
    assert main(["lesson", "new", "tracked.py"]) == 0
    said = capfd.readouterr()
    assert "ends with an error" in said.out
    assert "a leaf Variable that requires grad" in said.err
    assert "/retrograd-" not in said.out + said.err  # where it was recorded is gone by now
    notebook = nbformat.read(here / "tracked_chapter.ipynb", as_version=4)
    tags = [cell.metadata.get("tags", []) for cell in notebook.cells if "%%record" in cell.source]
    assert tags == [["raises-exception"]]


def test_a_script_that_wants_arguments_is_told_that_a_cell_has_none(here, capfd):
    (here / "wants.py").write_text(
        "import argparse\np = argparse.ArgumentParser()\np.add_argument('--lr', required=True)\np.parse_args()\n"
    )
    assert main(["lesson", "new", "wants.py"]) == 2
    said = capfd.readouterr().err
    assert "--lr" in said
    assert "without arguments" in said


def test_a_chapter_names_the_file_of_a_line_that_is_not_the_scripts(here):
    (here / "helper.py").write_text("\n\ndef loss_of(w):\n    return ((w - 1) ** 2).sum()\n")
    (here / "parted.py").write_text("from helper import loss_of\n" + LOOP.replace("((w - 1) ** 2).sum()", "loss_of(w)"))
    assert main(["lesson", "new", "parted.py"]) == 0
    sections = sections_of(here / "parted_chapter.ipynb")
    assert "- line 4 of helper.py: `return ((w - 1) ** 2).sum()`" in sections["Forward"]
    assert "- line 7: `loss.backward()`" in sections["Backward"]


def test_a_chapter_lists_lines_that_do_something_and_counts_events(here):
    (here / "bowl.py").write_text(LOOP)
    assert main(["lesson", "new", "bowl.py"]) == 0
    sections = sections_of(here / "bowl_chapter.ipynb")
    assert "In step 0 this is event " in sections["Accumulate"]  # by hand: one leaf, so one event
    assert "no_grad" not in sections["Update"] + sections["Clear"]
    assert "- line 9: `w.grad = None`" in sections["Clear"]


TWO_NETWORKS = """\
import torch
from torch import nn

torch.manual_seed(0)
maker, judge = nn.Linear(2, 1), nn.Linear(1, 1)
makers, judges = (torch.optim.SGD(network.parameters(), lr=0.1) for network in (maker, judge))
loss_of = nn.functional.binary_cross_entropy_with_logits
for step in range(3):
    made = maker(torch.randn(8, 2))
    loss = loss_of(judge(torch.randn(8, 1) + 3), torch.ones(8, 1)) + loss_of(judge(made.detach()), torch.zeros(8, 1))
    judges.zero_grad()
    loss.backward()
    judges.step()
    loss = loss_of(judge(made), torch.ones(8, 1))
    makers.zero_grad()
    loss.backward()
    makers.step()
"""


def test_a_chapter_of_two_networks_names_both_calls_of_backward_and_both_updates(here):
    (here / "two.py").write_text(TWO_NETWORKS)
    assert main(["lesson", "new", "two.py"]) == 0
    sections = sections_of(here / "two_chapter.ipynb")
    for number, line in ((12, "loss.backward()"), (16, "loss.backward()")):
        assert f"- line {number}: `{line}`" in sections["Backward"]
    for number, line in ((13, "judges.step()"), (17, "makers.step()")):
        assert f"- line {number}: `{line}`" in sections["Update"]


def test_jupyterlab_is_started_with_threads_that_sleep_while_they_wait(here, monkeypatch):
    import subprocess

    started = []

    class Process:
        def __init__(self, command, env):
            started.append((command, env))

        def wait(self):
            return 0

    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    real = subprocess.Popen

    def popen(command, **options):  # jupytext starts a program, too, when it is first imported
        return (Process if "jupyterlab" in command else real)(command, **options)

    monkeypatch.setattr(subprocess, "Popen", popen)
    assert main(["lesson", "4"]) == 0
    ((command, environment),) = started
    assert "retrograd-lesson/04_backward.ipynb" in command
    assert environment["OMP_WAIT_POLICY"] == "passive"
