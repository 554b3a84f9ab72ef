"""Loops of every kind are stepped through event by event, and nobody complains."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")

from retrograd.store import load
from retrograd.views.page import page

LOOPS = Path(__file__).parents[1] / "loops"

WALK = """() => {
    const viewer = document.querySelector("#retrograd").retrograd;
    const count = viewer.recording.steps.length;
    let moves = 0;
    for (const index of new Set([0, 1, count - 1].filter((each) => each < count && each >= 0))) {
        const events = Math.min(viewer.recording.steps[index].program?.events.length ?? 0, 80);
        for (let event = 0; event < events; event++, moves++) viewer.go(index, event);
    }
    viewer.setPredict(true);
    viewer.go(0, 0);
    return moves;
}"""


@pytest.mark.parametrize(
    "name",
    [
        "graph_grows",
        "update_tracked",
        "second_backward",
        "model_made_anew",
        "half_precision",
        "logits_for_probabilities",
    ],
)
def test_every_event_can_be_looked_at(opened, tmp_path, name):
    file = tmp_path / f"{name}.retro"
    command = [sys.executable, "-m", "retrograd", "run", "-o", file, LOOPS / f"{name}.py"]
    subprocess.run(command, capture_output=True, cwd=tmp_path)  # some of these loops are meant to fail
    assert opened(page(load(file))).page.evaluate(WALK) > 0
