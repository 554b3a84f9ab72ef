"""same-batch: whether rows are left out by mistake or kept apart is told by who takes them."""

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from retrograd import diagnose, record  # noqa: E402

LOOP = """import torch
torch.manual_seed(0)
x = torch.randn(20, 3)
y = x @ torch.tensor([1.0, -2.0, 0.5])
w = torch.zeros(3, requires_grad=True)
{before}
for step in range(10):
    loss = ((x[{rows}] @ w - y[{rows}]) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
    w.grad = None
{after}
"""


def found(folder: Path, rows: str, before: str = "", after: str = "") -> list[str]:
    code, file = LOOP.format(rows=rows, before=before, after=after), folder / "train.py"
    file.write_text(code)
    with record() as recording:
        exec(compile(code, str(file), "exec"), {"__name__": "__main__"})
    return [finding.name for finding in diagnose(recording) if finding.severity != "info"]


@pytest.mark.parametrize("rows", [":6", ":17", "::2", "chosen"])
def test_rows_that_nobody_takes_are_left_out(rows: str, tmp_path: Path) -> None:
    assert found(tmp_path, rows, "chosen = torch.arange(15)") == ["same-batch"]


def test_who_takes_a_column_takes_no_rows(tmp_path: Path) -> None:
    assert found(tmp_path, ":6", "first = x[:, :1]") == ["same-batch"]


def test_looking_at_all_rows_in_the_end_does_not_train_on_them(tmp_path: Path) -> None:
    assert found(tmp_path, ":6", after="print(((x @ w - y) ** 2).mean())") == ["same-batch"]


@pytest.mark.parametrize(
    ("rows", "after"),
    [(":6", "print(((x[6:] @ w - y[6:]) ** 2).mean())"), ("order[:15]", "print((x[order[15:]] @ w).mean())")],
)
def test_rows_that_are_kept_apart_are_a_split(rows: str, after: str, tmp_path: Path) -> None:
    assert found(tmp_path, rows, "order = torch.randperm(20)", after) == []


def test_slices_that_cover_all_rows_leave_none_out(tmp_path: Path) -> None:
    assert found(tmp_path, ":19", "last = x[1:]") == []


RESTART = """import torch
x = torch.linspace(-1.0, 1.0, 60).reshape(20, 3)
y = x.sum(1)
for step in range(10):
    torch.manual_seed(0)
    w = {made}
    loss = ((x @ w - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
"""


@pytest.mark.parametrize(
    "made",
    [
        "torch.randn(3, requires_grad=True)",
        "(torch.randn(3) * 0.1).requires_grad_()",
        "torch.nn.Parameter(torch.randn(3))",
    ],
)
def test_a_draw_that_parameters_begin_with_takes_no_samples(made: str, tmp_path: Path) -> None:
    code, file = RESTART.format(made=made), tmp_path / "train.py"
    file.write_text(code)
    with record() as recording:
        exec(compile(code, str(file), "exec"), {"__name__": "__main__"})
    assert [finding.name for finding in diagnose(recording)] == ["param-reinit"]
