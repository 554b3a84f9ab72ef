"""optimizer-in-loop: the optimiser is made anew in every step, so it forgets its state."""

from __future__ import annotations

from collections.abc import Iterator

from retrograd.checks.code import LOOPS, backward_line, loop_of, optimizers, within
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.fixes import before_loop

WHY = (
    "Momentum, and the averages that Adam divides by, live in the optimiser. Made anew, it is always in "
    "its first step: "
    "momentum does nothing, and Adam moves every entry by the whole learning rate whatever its gradient."
)
FEWEST = 3


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look for an optimiser whose state is made in every step, for parameters that live on."""
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
