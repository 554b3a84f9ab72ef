"""Loops as people write them, recorded and shown: the numbers are those of the same loop without recording."""

import re
import threading

import numpy as np
import pytest
from test_room_in_browser import inside

torch = pytest.importorskip("torch")

import retrograd  # noqa: E402
from retrograd.replays import replay  # noqa: E402
from retrograd.verification import verify  # noqa: E402
from retrograd.views.data import Extra  # noqa: E402
from retrograd.views.page import page  # noqa: E402
from retrograd.views.server import ViewServer  # noqa: E402

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


def forget_to_clear() -> None:
    torch.manual_seed(0)
    x, y = torch.randn(8, 3), torch.randn(8)
    w = torch.zeros(3, requires_grad=True)
    for _ in range(4):
        loss = ((x @ w - y) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            w -= 0.1 * w.grad


def assert_the_finding_leads_to_its_line(tab, line: int) -> None:
    """Alert first: click, event, line."""
    alert = tab.locator(".remarks li.error")
    assert alert.locator(".link").inner_text() == "grad-not-cleared"
    assert tab.locator(".mark.error").count() == 1
    alert.locator(".link").click()
    # Step 1 is the first that adds to what step 0 left.
    assert tab.locator(".where").inner_text() == "step 1 of 4"
    assert tab.locator(".event .chip").inner_text() == "accumulate"
    assert tab.locator(".line.now.found").get_attribute("data-line") == str(line)


def test_what_diagnose_finds_stands_in_every_page_and_leads_to_its_line(opened):
    with retrograd.record() as recording:
        forget_to_clear()
    line = forget_to_clear.__code__.co_firstlineno + 6
    assert_the_finding_leads_to_its_line(opened(page(recording)).page, line)


def test_the_server_shows_what_diagnose_finds_and_what_verify_compared(chromium):
    with retrograd.record() as recording:
        forget_to_clear()
    server = ViewServer(lambda: recording, compare=lambda loaded: verify(loaded).comparisons)
    thread = threading.Thread(target=server.serve)
    thread.start()
    tab = chromium.new_page(viewport={"width": 1440, "height": 900})
    try:
        tab.goto(server.url)
        tab.wait_for_selector("html[data-ready]")
        assert_the_finding_leads_to_its_line(tab, forget_to_clear.__code__.co_firstlineno + 6)
        compared = verify(recording).comparisons
        good = tab.locator(".remarks li.good").inner_text()
        assert good == f"{len(compared)} comparisons with independent computations agree."
    finally:
        tab.close()
        server.close()
        thread.join()


def test_a_large_tensor_shows_the_sample_that_was_kept(opened):
    with retrograd.record() as recording:
        torch.manual_seed(0)
        w = torch.linspace(-1, 1, 4000, requires_grad=True)
        for _ in range(3):
            loss = (w**2).sum()
            loss.backward()
            with torch.no_grad():
                w -= 0.1 * w.grad
            w.grad = None
    tab = opened(page(recording), fragment="#step=1&event=0").page
    tile = tab.locator(".card .tile.statistics").first
    assert tile.locator(".words").inner_text().startswith("norm ")
    colours = tile.locator("canvas").evaluate(
        "(canvas) => Array.from(canvas.getContext('2d').getImageData(0, 0, 16, 1).data)"
    )
    red, blue = colours[0::4], colours[2::4]
    # From −1 to 1: blue at the left, orange at the right.
    assert blue[0] > red[0]
    assert red[15] > blue[15]


def test_a_number_stands_on_its_side_of_the_operation(opened):
    w = torch.tensor([3.0, 5.0], requires_grad=True)
    with retrograd.record() as recording:
        for _ in range(1):
            a = w - 1.0
            b = a / 8.0
            c = 7.0 - b
            d = c**2
            loss = (2.0 / d).sum()
            loss.backward()
    tab = opened(page(recording)).page
    shown = []
    for event in range(5):
        tab.evaluate(f"document.querySelector('#retrograd').retrograd.goStep(0, {event})")
        shown.append(" ".join(tab.locator(".event .figure").inner_text().split()))
    # By hand: 3 − 1 = 2, 2 ÷ 8 = 0.25, 7 − 0.25 = 6.75, 6.75² = 45.5625, 2 ÷ 45.5625 = 0.0439; from 5 on likewise.
    assert shown[0].endswith("3 5 − 1 = 2 4")
    assert shown[1].endswith("2 4 ÷ 8 = 0.2500 0.5000")
    assert shown[2].endswith("7 − 0.2500 0.5000 = 6.7500 6.5000")
    assert shown[3].endswith("6.7500 6.5000 ^ 2 = 45.563 42.250")
    assert shown[4].endswith("2 ÷ 45.563 42.250 = 0.0439 0.0473")


def test_the_graph_shows_no_numbers_before_they_are_made(opened):
    with retrograd.record() as recording:
        x = torch.ones(2)
        w = torch.ones(2, requires_grad=True)
        z = x * w
        z.sum()
    tab = opened(page(recording, Extra(findings=()))).page
    shown = [tile.inner_text().split() for tile in tab.locator(".node.leaf .tile").all()]
    assert sorted(shown) == [[], ["1", "1"]]
    tab.keyboard.press("ArrowRight")
    assert tab.locator(".node.leaf .tile").all_inner_texts() == ["1\n1"] * 2


def test_what_is_asked_for_is_seen_nowhere(opened):
    """Also where a gradient goes on as it arrives: then it is the same tensor."""
    with retrograd.record() as recording:
        train(0.1)
    tab = opened(page(recording)).page
    tab.keyboard.press("p")
    asked = 0
    for event in recording.steps[3].program.events:
        tab.evaluate(f"document.querySelector('#retrograd').retrograd.goStep(3, {event.number})")
        if not tab.locator(".question form").count():
            continue
        asked += 1
        assert tab.locator(".equation .hidden").count() > 0
        assert tab.locator(".equation .result:not(.hidden)").count() == 0
        assert "?" in tab.locator(".line.now .value").inner_text()
        assert tab.locator(".tile.changed:not([aria-label$='hidden until you answer'])").count() == 0
    assert asked > 10


def test_a_high_graph_is_printed_whole(opened):
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))
    x = torch.randn(32, 4)
    with retrograd.record() as recording:
        for _ in range(2):
            model(x).square().mean().backward()
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter -= 0.1 * parameter.grad
                    parameter.grad = None
    tab = opened(page(recording), viewport={"width": 718, "height": 1000}).page  # A4, usual margins
    shown = tab.locator(".pane.graph").bounding_box()["height"]
    tab.emulate_media(media="print")
    assert tab.locator(".pane.graph").bounding_box()["height"] > shown
    assert inside(tab, ".pane.graph", ".node") == []


def test_a_long_name_in_a_fraction_is_cut_and_can_be_read(opened):
    query, key = (torch.ones(2, 3, 4, 5, requires_grad=True) for _ in range(2))
    with retrograd.record() as recording:
        (query @ key.transpose(-2, -1)).sum().backward()
    event = next(event.number for event in recording.steps[0].program.events if event.name == "BmmBackward0")
    tab = opened(page(recording), fragment=f"#step=0&event={event}", viewport={"width": 1280, "height": 800}).page
    names = [each.get_attribute("title").partition("/")[2] for each in tab.locator(".figure mfrac").all()]
    shown = tab.locator(".figure mfrac > :last-child").all_text_contents()
    assert max(map(len, names)) > 45
    for name, part in zip(names, shown, strict=True):
        assert part == name or (part.endswith("…") and name.startswith(part[:-1]) and len(part) == 41)
    assert tab.locator(".figure").evaluate("(each) => each.scrollWidth <= each.clientWidth")
