"""The two loops that are measured: the notebook's, which shows whatever is added, and a GPT, which is arithmetic."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import CodeType, SimpleNamespace
from typing import Any

import torch

GPT_SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "gpt.py"

Turned = Callable[[], None]
"""Is called when the loop begins, and after each turn."""


def notebook(turns: int, turned: Turned) -> None:
    """Run the loop of examples/convergence.py, for so many turns."""
    torch.manual_seed(0)

    x = torch.ones(5)
    y = torch.zeros(3)
    w = torch.randn(5, 3, requires_grad=True)
    b = torch.randn(3, requires_grad=True)

    learning_rate = 0.1
    learning_step = 0
    loss_history = []

    turned()
    while learning_step < turns:
        z = torch.matmul(x, w) + b
        loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)

        loss.backward()

        with torch.no_grad():
            w -= learning_rate * w.grad
            b -= learning_rate * b.grad

        w.grad.zero_()
        b.grad.zero_()

        loss_value = loss.item()
        loss_history.append(loss_value)

        learning_step += 1
        turned()


def gpt(turns: int, turned: Turned) -> None:
    """Run the very script examples/gpt.py, for so many turns."""
    definitions, loop = _halves(GPT_SCRIPT)
    names: dict[str, Any] = {"__name__": "gpt", "__file__": str(GPT_SCRIPT), "print": lambda *_: None}
    exec(definitions, names)
    turned()
    # The script takes the turns from the command line, and prints at the end of each.
    names |= {"sys": SimpleNamespace(argv=["gpt.py", str(turns)]), "print": lambda *_: turned()}
    exec(loop, names)


@cache
def _halves(script: Path) -> tuple[CodeType, CodeType]:
    """Return what a script does before its loop, and from there on; lines keep their numbers."""
    body = ast.parse(script.read_text(encoding="utf-8")).body
    first = next(number for number, statement in enumerate(body) if isinstance(statement, ast.For))
    halves = [compile(ast.Module(part, []), str(script), "exec") for part in (body[:first], body[first:])]
    return halves[0], halves[1]


@dataclass(frozen=True)
class Loop:
    """A loop, and how long it runs in one sample."""

    title: str
    run: Callable[[int, Turned], None]
    turns: int
    warm_up: int
    """Turns before those that count: PyTorch and the recorder learn something in them."""
    fewest: int
    """A variant that is very slow runs fewer turns, but not fewer than these."""


NOTEBOOK = Loop("the notebook's loop", notebook, turns=2000, warm_up=50, fewest=50)
GPT = Loop("a GPT of 1.8 million parameters", gpt, turns=12, warm_up=6, fewest=12)
LOOPS = {"notebook": NOTEBOOK, "gpt": GPT}
