"""Loops as people write them, recorded and shown: the numbers are those of the same loop without recording."""

import re

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import retrograd  # noqa: E402
from retrograd.replays import replay  # noqa: E402
from retrograd.views.data import Extra  # noqa: E402
from retrograd.views.page import page  # noqa: E402

STEPS = 12


def train(learning_rate: float) -> tuple[list[float], list[np.ndarray]]:
    """Return the loss of each step, and w at its beginning."""
    torch.manual_seed(0)
    x, y = torch.ones(5), torch.zeros(3)
    w = torch.randn(5, 3, requires_grad=True)
    b = torch.randn(3, requires_grad=True)
    losses, weights = [], []
    for _ in range(STEPS):
        weights.append(w.detach().numpy().copy())
        z = torch.matmul(x, w) + b
        loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
        loss.backward()
        with torch.no_grad():
            w -= learning_rate * w.grad
            b -= learning_rate * b.grad
        w.grad = None
        b.grad = None
        losses.append(loss.item())
    return losses, weights


READ = """([name, step]) => {
    const { recording } = document.querySelector("#retrograd").retrograd;
    const found = recording.steps[recording.byNumber.get(step)];
    const start = found.program.start.find(([slot]) => found.program.slots[slot].name === name);
    return Array.from(recording.value(found, start).array);
}"""


def test_the_page_has_the_numbers_of_the_loop_without_recording(opened):
    losses, weights = train(0.1)
    with retrograd.record() as recording:
        train(0.1)
    tab = opened(page(recording)).page
    assert tab.evaluate("Array.from(document.querySelector('#retrograd').retrograd.recording.loss)") == losses
    for step, w in enumerate(weights):
        np.testing.assert_array_equal(np.array(tab.evaluate(READ, ["w", step]), "f4"), w.ravel())
    graph = tab.locator(".pane.graph")
    # One call of matmul with a vector is two backward nodes.
    assert graph.locator(".node", has_text="MmBackward0").locator(".remark").all_text_contents() == [
        "SqueezeBackward4",
        "MmBackward0",
    ]


def test_a_gradient_on_its_way_is_not_grad_yet(opened):
    # In the first step PyTorch makes the very tensor that arrives the .grad.
    with retrograd.record() as recording:
        train(0.1)
    events = recording.steps[0].program.events
    arrives = next(e.number for e in events if e.kind == "accumulate" and events[e.number - 1].name == "MmBackward0")
    tab = opened(page(recording), fragment=f"#step=0&event={arrives - 1}").page
    card = tab.locator(".card", has=tab.locator("strong", has_text=re.compile("^w$")))
    assert card.locator(".tile").nth(1).locator(".words").inner_text() == "None"
    tab.keyboard.press("ArrowRight")
    assert card.locator(".tile").nth(1).locator("span:not(.words)").count() == 15
    assert card.locator(".tile").nth(1).locator(".words").inner_text() == ""
    cleared = next(e.number for e in events if e.kind == "clear")
    tab.evaluate(f"document.querySelector('#retrograd').retrograd.go(1, {cleared})")
    assert card.locator(".tile").nth(1).locator(".words").inner_text() == "None"


def test_a_changed_run_has_the_numbers_of_the_changed_loop(opened):
    with retrograd.record() as recording:
        train(0.1)
    changed = replay(recording, learning_rate=1.5)
    overlay = ("the recorded run", recording.loss.tolist())
    tab = opened(page(changed, Extra(overlay=overlay))).page
    assert tab.evaluate("Array.from(document.querySelector('#retrograd').retrograd.recording.loss)") == train(1.5)[0]
    assert "The dashed curve is the recorded run" in tab.locator(".remarks").inner_text()
