"""%%record in a real IPython shell."""

import sys

import numpy as np
import pytest

pytest.importorskip("IPython")
pytest.importorskip("torch")

from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics
from IPython.utils.capture import capture_output

from retrograd import magic
from retrograd.store import load

CELL = """import torch
w = torch.tensor([3.0], requires_grad=True)
for step in range(4):
    loss = (w ** 2).sum()
    loss.backward()
    with torch.no_grad():
        w -= 0.25 * w.grad
    w.grad = None
w.item()
"""


@pytest.fixture
def shell():
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    magic.load_ipython_extension(shell)
    yield shell
    InteractiveShell.clear_instance()


def run(shell: InteractiveShell, cell: str) -> tuple[str, BaseException | None]:
    """Run a cell as a notebook does, and return what it printed and what it raised."""
    with capture_output() as captured:
        result = shell.run_cell(cell, store_history=True)
    return captured.stdout, result.error_before_exec or result.error_in_exec


def test_a_cell_is_recorded_and_shown(shell):
    printed, error = run(shell, f"%%record\n{CELL}")
    assert error is None
    recording = shell.user_ns["recording"]
    # With f = w², each step halves w: 3, 1.5, 0.75, ... and the loss is w².
    np.testing.assert_array_equal(recording.loss, [9.0, 2.25, 0.5625, 0.140625])
    assert "0.1875" in printed  # what the last line of the cell gives is shown as always
    assert "4 steps" in printed
    assert "loss = (w ** 2).sum()" in printed
    assert "retrograd.show(recording, step=0)" in printed
    assert shell.user_ns["w"].item() == 3 / 16


def test_with_a_kernel_a_line_says_where_the_recording_is(shell, tmp_path):
    shell.kernel = object()
    printed, error = run(shell, f"%%record -o {tmp_path / 'cell.retro'} mine\n{CELL}")
    assert error is None
    assert printed.splitlines()[-1] == f"recorded in `mine` and in {tmp_path / 'cell.retro'}: 4 steps, loss 9 → 0.1406."
    assert "THE LOOP" not in printed
    printed, _ = run(shell, "%%record\nx = torch.ones(3)\n")
    assert printed == "recorded in `recording`: no call of backward.\n"


def test_with_a_kernel_what_was_not_seen_is_said_to_be_missing(shell):
    shell.kernel = object()
    sparse = "torch.ones(2).to_sparse().sum()\n"
    printed, error = run(shell, f"%%record\n{CELL}{sparse}")
    assert error is None
    assert "Not everything was seen: retrograd.show(recording) says what." in printed


def test_lines_are_those_of_the_cell_without_its_first(shell):
    run(shell, f"%%record\n{CELL}")
    recording = shell.user_ns["recording"]
    event = next(event for event in recording.steps[0].program.events if event.kind == "call")
    line = recording.lines[event.line]
    assert line.number == 5
    assert recording.texts[line.file].splitlines()[4].strip() == "loss.backward()"


def test_the_variable_and_the_file_can_be_named_and_are_replaced_by_the_next_run(shell, tmp_path):
    for _ in range(2):
        printed, error = run(shell, f"%%record -o {tmp_path / 'cell.retro'} mine\n{CELL}")
        assert error is None
        assert "cell.retro" in printed
    assert len(shell.user_ns["mine"].steps) == len(load(tmp_path / "cell.retro").steps) == 4
    assert "recording" not in shell.user_ns


def test_an_error_is_shown_once_as_without_the_magic_and_the_recording_is_kept(shell):
    failing = CELL + "torch.ones(2) @ torch.ones(3)\n"
    plain, plain_error = run(shell, failing)
    printed, error = run(shell, f"%%record\n{failing}")
    assert type(error) is type(plain_error) is RuntimeError
    shown = printed[printed.index("\x1b[31m-----") :]  # the overview stands above
    assert shown.count("RuntimeError") == plain.count("RuntimeError")
    assert "retrograd/" not in printed
    assert "interactiveshell" not in printed
    assert len(shell.user_ns["recording"].steps) == 4
    assert run(shell, "1 + 1") == ("Out[3]: 2\n", None)


def test_a_syntax_error_is_raised(shell):
    printed, error = run(shell, "%%record\nif x = 1:\n    pass\n")
    assert isinstance(error, SyntaxError)
    assert printed.count("SyntaxError") == 1


def test_other_magics_work_inside(shell):
    run(shell, f"%%record\n%precision 2\n{CELL}")
    assert len(shell.user_ns["recording"].steps) == 4


@pytest.mark.parametrize("line", ["-o", "two names", "no-name"])
def test_a_line_that_makes_no_sense_is_refused(shell, line, capsys):
    _, error = run(shell, f"%%record {line}\nx = 1")
    assert "x" not in shell.user_ns
    assert error is not None


def test_ipython_is_not_imported_before_it_is_needed():
    assert Magics.__module__ in sys.modules  # it is here
    assert "IPython" not in vars(magic)


def test_findings_are_shown_as_text(shell):
    run(shell, "import torch, retrograd")
    loss = "loss = torch.nn.functional.binary_cross_entropy_with_logits(torch.sigmoid(z), torch.zeros(3))\n"
    run(shell, f"%%record\nz = torch.zeros(3, requires_grad=True)\n{loss}loss.backward()\n")
    printed, error = run(shell, "retrograd.diagnose(recording)")
    assert error is None
    assert "error: double-sigmoid" in printed
    assert loss.strip()[:60] in printed
    assert "Finding(" not in printed
