"""optimizer-in-loop: the optimiser is made anew in every step, so it forgets its state."""

from __future__ import annotations

from collections.abc import Iterator

from retrograd.checks.calls import short
from retrograd.checks.code import LOOPS, backward_line, loop_of, optimizers, within
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.fixes import before_loop
from retrograd.checks.turns import Turn
from retrograd.recording import Event

WHY = (
    "Momentum, and the averages that Adam divides by, live in the optimiser. Made anew, it is always in "
    "its first step: "
    "momentum does nothing, and Adam moves every entry by the whole learning rate whatever its gradient."
)
FEWEST = 3
DAMPS = frozenset({"mul", "mul_", "__mul__", "__rmul__"})


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look for an optimiser whose state is made in every step, for parameters that live on."""
    yield from _by_hand(evidence)
    stepping = [(turn, s) for turn in evidence.steps for s in turn.shape.steppings if set(s.held) - set(s.empty)]
    fresh = [(turn, s) for turn, s in stepping if s.made_state and turn.number > 0]
    if len(fresh) < FEWEST or len(fresh) < 0.8 * (len(stepping) - 1):
        return
    turn, s = fresh[0]
    lives_on = any(turn.program.slots[n].external for st, n in turn.shape.parameters.items() if st in s.held)
    if not lives_on:
        return  # the parameters are new, too: that is another mistake
    found = backward_line(evidence, turn)
    loop = loop_of(evidence, found[2]) if found else None
    made = optimizers(evidence)
    inside = [m for m in made if loop and m.file == loop[0] and isinstance(loop[1], LOOPS) and within(loop[1], m.line)]
    chosen = (inside or made or [None])[0]
    yield evidence.finding(
        "optimizer-in-loop",
        "error",
        chosen.line if chosen else evidence.line(s.line),
        f"the optimiser made its state anew in {len(fresh)} of {len(stepping)} steps",
        WHY,
        before_loop(evidence, chosen.line if chosen else None) or "Make the optimiser once, before the loop.",
        others=[(evidence.line(s.line), "steps with it")],
        events=[(turn, turn.shape.events[s.first])],
    )


def _by_hand(evidence: Evidence) -> Iterator[Finding]:
    """Look for a momentum written by hand: zeros that are made in each step, damped, and part of the update."""
    found: dict[int | None, list[tuple[Turn, Event, Event]]] = {}
    for turn in evidence.samples:
        for damped, zeros, update in _damped(turn):
            found.setdefault(zeros.line, []).append((turn, damped, update))
    for line, together in found.items():
        if len(together) < FEWEST or len({turn.number for turn, _, _ in together}) < len(evidence.samples):
            continue
        turn, damped, update = together[0]
        made = evidence.line(line)
        yield evidence.finding(
            "optimizer-in-loop",
            "error",
            made,
            f"the state that `{short(damped)}` damps is made of zeros anew in each of the {len(together)} steps that "
            "were looked at, and goes into the update",
            WHY,
            before_loop(evidence, made) or "Make the state once, before the loop.",
            confidence=0.93,
            others=[(evidence.line_of(damped), "damps it"), (evidence.line_of(update), "updates with it")],
            events=[(turn, damped), (turn, update)],
        )
        return


def _damped(turn: Turn) -> Iterator[tuple[Event, Event, Event]]:
    """Go through products of a number with zeros that the turn made, which an update is made of: with both."""
    shape = turn.shape
    updates = [shape.events[act.event] for act in shape.acts if act.deed == "update" and act.own]
    if any(update.text.startswith("optimizer ") for update in updates) or shape.steppings:
        return
    for update in updates:
        for event in shape.behind(update):
            maker = shape.makers.get(event.inputs[0].buffer) if len(event.inputs) == 1 else None
            made = shape.events[maker] if maker is not None else None
            if made is not None and short(event) in DAMPS and short(made) in ("zeros", "zeros_like", "new_zeros"):
                yield event, made, update
