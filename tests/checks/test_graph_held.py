"""Whether what is kept in a list is a number or a tensor with its graph, where both go by one name."""

from pathlib import Path

import pytest

pytest.importorskip("torch")

from diagnosed import told

BEGIN = """import torch
from torch import nn
torch.manual_seed(0)
x = torch.randn(30, 3)
y = x.sum(1, keepdim=True)
net, history = nn.Linear(3, 1), []
opt = torch.optim.Adam(net.parameters(), lr=0.01)
def turn(batch):
    loss = (net(batch) - y).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    return {}
"""
HERE = """for step in range(8):
    loss = (net(x) - y).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    loss = {}
    history.append(loss)
"""
ELSEWHERE = """for step in range(8):
    {} = turn(x)
    history.append(loss)
"""


@pytest.mark.parametrize(
    "value", ["loss.item()", "round(30 * loss.item(), 3)", "loss.detach()", "float(loss.detach())"]
)
def test_number_that_takes_the_name_of_the_loss_holds_no_graph(value: str, tmp_path: Path) -> None:
    assert told(BEGIN.format("None") + HERE.format(value), tmp_path) == []


def test_loss_that_keeps_its_name_holds_its_graph(tmp_path: Path) -> None:
    assert told(BEGIN.format("None") + HERE.format("loss"), tmp_path) == [("graph-held", 20)]
    assert told(BEGIN.format("None") + HERE.format("2 * loss"), tmp_path) == [("graph-held", 20)]


@pytest.mark.parametrize(
    ("returned", "names", "expected"),
    [
        ("loss.item()", "loss", []),
        ("loss", "loss", [("graph-held", 16)]),
        ("loss.item(), x", "loss, _", []),
        ("x, loss", "_, loss", [("graph-held", 16)]),
    ],
)
def test_what_a_function_returns_is_what_is_kept(
    returned: str, names: str, expected: list[tuple[str, int]], tmp_path: Path
) -> None:
    assert told(BEGIN.format(returned) + ELSEWHERE.format(names), tmp_path) == expected


COLLECTED = """def step(batch):
    loss = (net(batch) - y).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    {}
{}
"""


@pytest.mark.parametrize(
    ("end", "kept", "line"),
    [
        ("return loss", "history = [step(x) for _ in range(8)]", 20),
        ("return loss.item()", "history = [step(x) for _ in range(8)]", None),
        ("return dict(loss=loss, n=30)", "for _ in range(8):\n    out = step(x)\n    history.append(out['loss'])", 22),
        (
            "return {'loss': loss.detach()}",
            "for _ in range(8):\n    out = step(x)\n    history.append(out['loss'])",
            None,
        ),
    ],
)
def test_results_of_steps_are_followed_into_lists(end: str, kept: str, line: int | None, tmp_path: Path) -> None:
    found = told(BEGIN.format("None") + COLLECTED.format(end, kept), tmp_path)
    assert found == ([("graph-held", line)] if line else [])


GENERATED = """def steps(count):
    for _ in range(count):
        loss = (net(x) - y).square().mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        yield {}
history = list(steps(8))
"""


def test_list_of_what_a_generator_yields_holds_the_graphs(tmp_path: Path) -> None:
    assert told(BEGIN.format("None") + GENERATED.format("loss"), tmp_path) == [("graph-held", 21)]
    assert told(BEGIN.format("None") + GENERATED.format("loss.item()"), tmp_path) == []


@pytest.mark.parametrize(("value", "line"), [("loss", 20), ("loss.detach()", None)])
def test_trace_that_is_joined_holds_the_graphs(value: str, line: int | None, tmp_path: Path) -> None:
    trace = f"trace = torch.cat([trace, {value}.reshape(1)])"
    code = f"trace = torch.empty(0)\n{HERE.replace('loss = {}', trace).replace('history.append(loss)', 'pass')}"
    assert told(BEGIN.format("None") + code, tmp_path) == ([("graph-held", line)] if line else [])
