"""The README says what its loop does: its numbers are those of PyTorch alone, and its blocks are what is printed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
PROGRAM = re.search(r"```python\n(.*?)```", README, re.DOTALL)[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("readme")
    (folder / "train.py").write_text(PROGRAM, encoding="utf-8")
    retrograd(folder, "run", "train.py")
    return folder


def retrograd(folder, *arguments):
    command = [sys.executable, "-m", "retrograd", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=True).stdout


def last_loss(program):
    names = {}
    exec(program, names)
    return names["loss"].item()


def test_the_step_is_shown_as_it_is_printed(folder):
    block = re.search(r"```text\n(step 1 of 100.*?)```", README, re.DOTALL)[1]
    printed = retrograd(folder, "show", "train.retro", "--step", "1").splitlines()
    lines = [line for line in block.splitlines() if line.strip() != "⋮"]
    assert [line for line in lines if line not in printed] == []


def test_the_proof_is_shown_as_it_is_printed(folder):
    block = re.search(r"```text\n(100 steps: .*?)```", README, re.DOTALL)[1]
    assert block in retrograd(folder, "show", "train.retro", "--prove")


def test_without_its_last_two_lines_the_loss_is_a_thousand_times_lower():
    forgetful = PROGRAM.rstrip().rsplit("\n", 2)[0]
    assert "zero_" not in forgetful
    assert last_loss(PROGRAM) == pytest.approx(0.039, abs=0.0005)
    assert last_loss(forgetful) == pytest.approx(0.00004, abs=0.000005)


def test_six_rates_end_as_they_do_when_they_are_typed(folder):
    block = re.search(r"(retrograd sweep.*?)\n(learning rate.*?)```", README, re.DOTALL)
    assert block[2] in retrograd(folder, *block[1].split()[1:])
    rows = [line.split() for line in block[2].splitlines()[1:]]
    assert len(rows) == 6
    for rate, steps, loss, _ in rows:
        longer = PROGRAM.replace("= 0.1", f"= {rate}").replace("range(100)", f"range({steps})")
        assert f"{last_loss(longer):.6f}" == loss
