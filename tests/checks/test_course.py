"""What the learning rate of a loop is, and which line sets it."""

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from retrograd import record  # noqa: E402
from retrograd.checks.course import rate_line  # noqa: E402
from retrograd.checks.evidence import Evidence  # noqa: E402

BEGIN = """import torch
from torch import nn
torch.manual_seed(0)
x, first, second = torch.randn(8, 3), nn.Linear(3, 2), nn.Linear(3, 1)
"""
TURN = """
for step in range(6):
    loss = second(x).square().mean()
    second.zero_grad()
    loss.backward()
    {step}
"""
BY_HAND = """with torch.no_grad():
        for p in second.parameters():
            p -= 0.25 * p.grad"""


@pytest.mark.parametrize(
    ("made", "step", "line", "rate"),
    [
        ("a = torch.optim.Adam(first.parameters(), lr=0.5)\nb = torch.optim.SGD(second.parameters(), lr=0.1)",
         "b.step()", 6, "0.1"),
        ("a = torch.optim.SGD(first.parameters(), lr=0.5)\nb = torch.optim.SGD(second.parameters(), 0.1)",
         "b.step()", 6, "0.1"),
        ("class Held: pass\nheld = Held()\nheld.a = torch.optim.SGD(first.parameters(), lr=0.5)\n"
         "held.b = torch.optim.SGD(second.parameters(), lr=0.1)", "held.b.step()", 8, "0.1"),
        ("a = torch.optim.Adam(first.parameters(), lr=0.5)", BY_HAND, 12, "0.25"),
    ],
    ids=["by its class", "by its name", "by its attribute", "by hand"],
)  # fmt: skip
def test_rate_is_that_of_the_optimizer_that_steps(made: str, step: str, line: int, rate: str, tmp_path: Path) -> None:
    code, file = BEGIN + made + TURN.format(step=step), tmp_path / "script.py"
    file.write_text(code)
    with record() as recording:
        exec(compile(code, str(file), "exec"), {"__name__": "__main__"})
    found, written = rate_line(Evidence(recording))
    assert found is not None
    assert (found.number, written) == (line, rate)
