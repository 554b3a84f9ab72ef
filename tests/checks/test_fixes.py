"""A fix that is a diff is applied to the page's example, and the mistake is gone."""

import re
from pathlib import Path

import pytest
from diagnosed import ERRORS, findings

from retrograd.checks import CHECKS
from retrograd.diagnosis import page_of

pytest.importorskip("torch")

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

PAGES = {check.name: re.findall(r"```python\n(.*?)```", page_of(check), re.DOTALL)[0] for check in CHECKS}
WITHOUT = {
    "target-leak": "which column goes, and how many inputs the first layer then has, is in several places",
}
"""Mistakes whose cure is no change of a few lines, with the reason."""


def applied(diff: str, code: str) -> str:
    """Apply a unified diff as `patch` does, and refuse if a line is not what the diff says."""
    before, after, at = code.splitlines(), [], 0
    for line in diff.splitlines()[2:]:
        if line.startswith("@@"):
            start = int(re.match(r"@@ -(\d+)", line)[1]) - 1
            after += before[at:start]
            at = start
        elif line.startswith("+"):
            after.append(line[1:])
        else:
            assert before[at] == line[1:]
            after += [] if line.startswith("-") else [line[1:]]
            at += 1
    return "\n".join(after + before[at:]) + "\n"


@pytest.mark.parametrize("name", [name for name in PAGES if name not in WITHOUT])
def test_applied_diff_takes_the_mistake_away(name: str, tmp_path: Path) -> None:
    (finding,) = findings(PAGES[name], tmp_path, ERRORS)
    assert finding.fix.startswith("--- script.py\n+++ script.py\n@@ ")
    mended = applied(finding.fix, PAGES[name])
    assert name not in [found.name for found in findings(mended, tmp_path, ERRORS)]


@pytest.mark.parametrize("name", sorted(WITHOUT))
def test_every_other_finding_says_what_to_do(name: str, tmp_path: Path) -> None:
    (finding,) = findings(PAGES[name], tmp_path, ERRORS)
    assert len(finding.fix) > 10


def test_tensor_that_was_forgotten_is_made_as_a_leaf(tmp_path: Path) -> None:
    script = Path(__file__).parents[1] / "corpus" / "faulty" / "param_frozen_forgot_requires_grad.py"
    code = script.read_text(encoding="utf-8")
    (finding,) = findings(code, tmp_path, ERRORS)
    mended = applied(finding.fix, code)
    assert "torch.zeros(30, requires_grad=True)" in mended
    assert findings(mended, tmp_path, ERRORS) == []


@pytest.mark.parametrize(
    ("name", "before", "after", "expected"),
    [
        ("half-precision", "net.half()  # <- here", "net.half(); print(end='')", "net; print(end='')"),
        ("half-precision", "x, y = x.half(), y.half()", "ä = x.half(); x, y = ä, y.half()", "ä = x; x, y = ä, y"),
        ("log-zero", "torch.log(p)", "p.log()", "p.clamp_min(1e-12).log()"),
        (
            "where-nan",
            "a * hits / total",
            "(a * hits) / (total + 0)",
            "/ (torch.where(total + 0 == 0, 1.0, total + 0))",
        ),
        ("nondiff-op", "torch.round(first(x))", "first(x).round()", "code = code + (code.round() - code).detach()"),
        ("dead-relu", "nn.ReLU()", "torch.nn.ReLU()", "torch.nn.LeakyReLU()"),
        ("clip-to-zero", "net.parameters(), 0.0)", "net.parameters(), max_norm=0)", "max_norm=1.0)"),
    ],
)
def test_diffs_of_other_forms_parse_and_cure(name: str, before: str, after: str, expected: str, tmp_path: Path) -> None:
    code = PAGES[name].replace(before, after)
    assert code != PAGES[name]
    finding = next(found for found in findings(code, tmp_path, ERRORS) if found.name == name)
    mended = applied(finding.fix, code)
    assert expected in mended
    assert name not in [found.name for found in findings(mended, tmp_path, ERRORS)]


def test_a_schedule_in_an_inner_loop_steps_once_an_epoch(tmp_path: Path) -> None:
    script = Path(__file__).parents[1] / "corpus/seventh_batch/faulty/lr_decayed_to_zero_exponential_per_batch.py"
    code = script.read_text(encoding="utf-8")
    (finding,) = findings(code, tmp_path, ERRORS)
    mended = applied(finding.fix, code)
    assert "        optimizer.step()\n    scheduler.step()" in mended
    assert findings(mended, tmp_path, ERRORS) == []


def test_the_first_of_two_backwards_keeps_what_the_second_needs(tmp_path: Path) -> None:
    code = (
        "import torch\nw = torch.ones(3, requires_grad=True)\nfor step in range(3):\n    h = torch.exp(w)\n"
        "    one, two = h.sum(), (h * h).sum()\n    one.backward()\n    two.backward()\n"
        "    with torch.no_grad():\n        w -= 0.01 * w.grad\n    w.grad = None\n"
    )
    (finding,) = findings(code, tmp_path, ERRORS)
    assert finding.name == "backward-twice"
    mended = applied(finding.fix, code)
    assert "    one.backward(retain_graph=True)\n    two.backward()\n" in mended
    assert findings(mended, tmp_path, ERRORS) == []


def test_a_layer_that_the_first_step_makes_and_no_optimiser_has_is_found(tmp_path: Path) -> None:
    # One line makes its weight and its bias, in one step: that is no input that is made anew in each step.
    code = (
        "import torch\nfrom torch import nn\ntorch.manual_seed(0)\nx, y = torch.randn(20, 3), torch.randn(20, 1)\n"
        "body, head = nn.Linear(3, 5), None\noptimizer = torch.optim.SGD(body.parameters(), lr=0.05)\n"
        "for step in range(12):\n    if head is None:\n        head = nn.Linear(5, 1)\n"
        "    loss = ((head(torch.tanh(body(x))) - y) ** 2).mean()\n"
        "    body.zero_grad()\n    head.zero_grad()\n    loss.backward()\n    optimizer.step()\n"
    )
    assert [finding.name for finding in findings(code, tmp_path, ERRORS)] == ["param-not-in-optimizer"]
