"""graph-broken: a value left torch as a number or an array, and the loss is made of that."""

from __future__ import annotations

from collections.abc import Iterator

from retrograd.checks.calls import short
from retrograd.checks.code import listed
from retrograd.checks.cuts import cut, idle_leaves, left_torch
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.no_graph import explained

WHY = (
    "A number knows nothing of the graph it came from. A tensor made of it is a new beginning; that it requires grad "
    "only hides the error, for the gradient ends there."
)


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look for parameters that the forward pass used, whose values were read, and that the loss has no way back to."""
    yield from (finding for finding in explained(evidence) if finding.name == "graph-broken")
    idle = list(idle_leaves(evidence))
    if not idle:
        return
    turn = idle[0][1]
    storages = {storage for _, other, storage in idle if other is turn}
    for call in turn.shape.calls:
        root = turn.shape.root(call)
        if root is None or any(cut(turn.shape, storage, root).kind != "none" for storage in storages):
            continue
        read = left_torch(turn.shape, storages, call.number)
        if read is None:
            continue
        made = [e for e in turn.shape.behind(root) if not e.inputs and e.outputs and e.number > read.number]
        names = [evidence.name_of_thing(thing) for thing, _, _ in idle]
        yield evidence.finding(
            "graph-broken",
            "error",
            evidence.line_of(read),
            f"`{short(read)}` took what was computed with {listed(names)} out of torch, and the loss was "
            f"made of numbers: "
            f"no gradient arrived there in any of the {len(evidence.steps)} steps",
            WHY,
            "Compute with the tensors themselves; torch.stack makes one tensor of several.",
            others=[(evidence.line_of(e), "makes a tensor of numbers") for e in made[:1]],
            events=[(turn, read), (turn, call)],
        )
        return
