"""No rule of axe-core is broken. `make viewer-check` brings it; without it these tests are skipped."""

from pathlib import Path
from typing import Any

import handmade
import pytest

from retrograd.recording import Note
from retrograd.views.data import Extra
from retrograd.views.page import page

AXE = Path(__file__).parents[2] / "viewer" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.mark.parametrize(
    ("scheme", "width", "keys"),
    [
        ("light", 1440, ""),
        ("light", 1440, "p"),
        ("light", 1440, "?"),
        ("light", 1440, "/"),
        ("light", 1440, "f"),
        ("light", 400, ""),
        ("dark", 1440, "p"),
        ("dark", 400, ""),
    ],
)
def test_axe_finds_nothing(opened, scheme, width, keys):
    if not AXE.exists():
        pytest.skip("axe-core is not installed; `make viewer-check` installs it")
    recording = handmade.recorded(3)
    recording.source.notes.append(Note("unseen", 1, 0, "something was not seen"))
    finding = {"name": "a-finding", "severity": "error", "fact": "a fact", "step": 1, "event": 7}
    watched = opened(
        page(recording, Extra("train.retro", findings=[finding])),
        fragment="#step=1&event=7",
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    for key in keys:
        watched.page.keyboard.press(key)
    assert violations(watched.page) == []


def violations(tab: Any) -> list[str]:
    tab.evaluate(AXE.read_text(encoding="utf-8"))
    return [
        f"{each['id']}: {each['help']}: {node['target']} {node['failureSummary']}"
        for each in tab.evaluate("axe.run()")["violations"]
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_all_entries_of_a_tensor(opened, scheme):
    if not AXE.exists():
        pytest.skip("axe-core is not installed; `make viewer-check` installs it")
    tab = opened(page(handmade.recorded(3)), color_scheme=scheme, reduced_motion="reduce").page
    tab.evaluate(
        """() => {
            const viewer = document.querySelector("#retrograd").retrograd;
            const slot = viewer.program.slots.findIndex((each) => each.name === "w");
            const start = viewer.program.start.find((reference) => reference[0] === slot);
            viewer.entries.open(viewer.step, start);
        }"""
    )
    assert tab.locator(".entries .answer").inner_text().startswith("15 entries from")
    assert violations(tab) == []
