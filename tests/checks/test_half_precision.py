"""Which line made 16-bit numbers of the parameters."""

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from retrograd import diagnose, record  # noqa: E402

LOOP = """import torch
torch.manual_seed(0)
def shrink(module):
    for p in module.parameters():
        p.data = p.data.to(torch.bfloat16)
net = torch.nn.Linear(4, 1)
x = torch.randn(64, 4).bfloat16()
shrink(net)
opt = torch.optim.SGD(net.parameters(), lr=1e-6)
for step in range(12):
    loss = (net(x) - 1).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
"""


def test_line_is_the_one_that_cast_the_parameters_not_the_data(tmp_path: Path) -> None:
    file = tmp_path / "script.py"
    file.write_text(LOOP)
    with record() as recording:
        exec(compile(LOOP, str(file), "exec"), {"__name__": "__main__"})
    (finding,) = [finding for finding in diagnose(recording) if finding.severity != "info"]
    assert (finding.name, finding.line) == ("half-precision", 5)
