"""grad-not-cleared: an update used a gradient that still held what an earlier update had used already."""

from __future__ import annotations

from collections.abc import Iterator

from retrograd.checks.acts import Act
from retrograd.checks.code import backward_line, listed, number, optimizers
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.sources import indent
from retrograd.checks.turns import Turn
from retrograd.recording import Event, Reference

WHY = (
    "`backward()` adds to `.grad`. Without clearing, each update is made of all gradients since the "
    "first, so the steps "
    "grow and point where the loss was steep long ago; that the loss may fall faster for a while hides it."
)


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look at each leaf for two updates that each follow a backward, without a clearing between them."""
    stale = {thing: found for thing, life in evidence.lives.items() if (found := _first_stale(life))}
    if not stale:
        return
    thing, (turn, accumulated, used, before) = min(stale.items(), key=lambda item: item[1][0].number)
    event, update = turn.shape.events[accumulated.event], turn.shape.events[used.event]
    put = event.name == "Tensor.grad.__set__"
    """The sum was written by hand, as in `p.grad = p.grad + g`."""
    call = None if put else _call_before(turn, event)
    names = [evidence.name_of_thing(other) for other in stale]
    old, new = (
        evidence.norm(turn, r) for r in (_summands(turn, event) if put else (event.inputs[-1], event.inputs[1]))
    )
    name = evidence.name_of_thing(thing)
    steps = f"step {turn.number} added to a `.grad` that step {before.number}"
    if before.number == turn.number:
        steps = f"the second backward of step {turn.number} added to a `.grad` that the step"
    fact = f"{steps} had already used: |{name}.grad| was {number(old)} and {number(new)} came on top"
    cleared = {
        evidence.line_of(t.shape.events[act.event])
        for t, other, act in evidence.acts
        if act.deed == "clear" and other not in stale
    }
    whole = "" if len(stale) == 1 else f"; {listed(names)} are never cleared"
    if any(act.deed == "clear" and other in stale for _, other, act in evidence.acts):
        whole = f"; {listed(names)} are not cleared between these updates"
    elif len(stale) == 1:
        whole = f"; nothing clears {name}.grad"
    yield evidence.finding(
        "grad-not-cleared",
        "error",
        evidence.line_of(call or event),
        fact + whole,
        WHY,
        _fix(evidence, turn, update, names, bool(cleared)),
        confidence=0.99,
        others=[(evidence.line_of(update), "uses the gradient"), *((line, "clears others") for line in cleared)],
        events=[(turn, event), (turn, update)],
    )


def _first_stale(life: list[tuple[Turn, Act]]) -> tuple[Turn, Act, Act, Turn] | None:
    """Return the turn, the accumulation, the update, and the turn of the earlier update."""
    used: Turn | None = None
    """The last update that used what the gradient holds now."""
    added: tuple[Turn, Act] | None = None
    """What arrived on top of that."""
    fresh = False
    for turn, act in life:
        if act.deed == "accumulate":
            if act.fresh:
                used = added = None
                fresh = True
            elif used is not None:
                added = turn, act
        elif act.deed == "clear" or (act.deed == "scale" and used is not None and added is None):
            used = added = None  # one who changes a used gradient before adding to it has a plan: momentum, perhaps
            fresh = False
        elif act.deed == "update" and act.own:
            if used is not None and added is not None:
                return added[0], added[1], act, used
            if fresh or used is not None:
                used = turn
    return None


def _call_before(turn: Turn, event: Event) -> Event | None:
    calls = [call for call in turn.shape.calls if call.number < event.number]
    return calls[-1] if calls else None


def _summands(turn: Turn, put: Event) -> tuple[Reference | None, Reference | None]:
    """Return the old gradient, and what was added to it, in a sum that was put in the gradient's place."""
    maker = turn.shape.makers.get(put.inputs[1].buffer)
    inputs = turn.shape.events[maker].inputs if maker is not None else ()
    old = [r for r in inputs if turn.shape.slot(r).gradient_of == put.inputs[0].slot]
    return next(iter(old), None), next((r for r in inputs if r not in old), None)


def _fix(evidence: Evidence, turn: Turn, update: Event, names: list[str], some_cleared: bool) -> str:
    line = evidence.line_of(update)
    found = backward_line(evidence, turn)
    made = optimizers(evidence)
    if line is None or found is None:
        return ""
    here = evidence.sources.line_text(line.file, line.number)
    if made and not some_cleared and turn.shape.steppings:
        text = here.strip()
        owner = text.partition(".step(")[0] if ".step(" in text else "optimizer"
        backward = found[2]
        before = evidence.sources.line_text(backward.file, backward.number)
        margin = indent(before)
        return evidence.sources.diff(backward.file, {backward.number: [f"{margin}{owner}.zero_grad()", before]})
    plain = [name for name in dict.fromkeys(names) if name.replace(".", "").replace("_", "").isalnum()]
    if here.strip().startswith("param") or "for" in here or not plain or len(plain) > 6:
        target = here.strip().split(" ")[0].partition(".")[0]
        return evidence.sources.inserted(line.file, line.number, f"{target}.grad = None")
    last = max(
        (
            at.number
            for act in turn.shape.acts
            if act.deed == "update" and (at := evidence.line_of(turn.shape.events[act.event])) is not None
        ),
        default=line.number,
    )
    return evidence.sources.inserted(line.file, last, *(f"{name}.grad = None" for name in plain))
