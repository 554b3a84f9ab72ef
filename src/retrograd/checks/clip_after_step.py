"""clip-after-step: gradients are clipped after the update has used them."""

from __future__ import annotations

from collections.abc import Iterator

from retrograd.checks.acts import Act
from retrograd.checks.code import listed, number
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.turns import Turn
from retrograd.recording import Line

WHY = "The update has used the gradients as they were; what is clipped afterwards is thrown away."


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look for changes of a gradient between its update and its clearing."""
    late: dict[int, tuple[Turn, Act, Act]] = {}
    for thing, life in evidence.lives.items():
        found = _late(life)
        if found is not None:
            late[thing] = found
    if not late:
        return
    thing, (turn, scaled, used) = min(late.items(), key=lambda item: (item[1][0].number, item[1][1].event))
    event, update = turn.shape.events[scaled.event], turn.shape.events[used.event]
    before, after = (
        evidence.norm(turn, event.inputs[0]),
        evidence.norm(turn, event.outputs[0]) if event.outputs else None,
    )
    change = f" (|{evidence.name_of_thing(thing)}.grad| {number(before)} → {number(after)})"
    yield evidence.finding(
        "clip-after-step",
        "error",
        evidence.line_of(event),
        f"in step {turn.number} the gradients of {listed([evidence.name_of_thing(t) for t in late])} were changed "
        f"after the update had used them{change if len(event.outputs) == 1 else ''}, and then cleared",
        WHY,
        _swapped(evidence, evidence.line_of(update), evidence.line_of(event)),
        others=[(evidence.line_of(update), "has used them already")],
        events=[(turn, event), (turn, update)],
    )


def _late(life: list[tuple[Turn, Act]]) -> tuple[Turn, Act, Act] | None:
    """Return the change and the update before it, if no change of the gradient ever came in time."""
    used: Act | None = None
    found: tuple[Turn, Act, Act] | None = None
    waiting: tuple[Turn, Act, Act] | None = None
    count = 0
    for turn, act in life:
        if act.deed == "accumulate":
            if not act.fresh:
                waiting = None  # what was changed goes on being used
            used = None
        elif act.deed == "scale":
            if used is None:
                return None
            waiting = turn, act, used
        elif act.deed == "update" and act.own:
            used, waiting = act, None
        elif act.deed == "clear" and waiting is not None:
            found = found or waiting
            count += 1
            used = waiting = None
    return found if count >= 2 else None


def _swapped(evidence: Evidence, update: Line | None, clip: Line | None) -> str:
    if update is None or clip is None or update.file != clip.file or not 0 < clip.number - update.number < 10:
        return "Clip between backward and the update."
    texts = [evidence.sources.line_text(clip.file, n) for n in (update.number, clip.number)]
    return evidence.sources.diff(clip.file, {update.number: [texts[1], texts[0]], clip.number: []})
