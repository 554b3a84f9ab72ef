"""A backward call that is watched closely: what it is called on, which leaves it reaches, what it leaves there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor

from retrograd.contents import content, is_plain, is_small
from retrograd.recorder.graph import BackwardWatch, leaves_behind, nodes_behind
from retrograd.recorder.operations import references_of, tensors_in
from retrograd.recorder.parts import Walk
from retrograd.recorder.turn import Turn
from retrograd.recording import Reference


class Differentiation:
    """One backward call."""

    def __init__(self, turn: Turn, watch: BackwardWatch) -> None:
        """Count the call that is the last event of the turn so far."""
        self._turn, self._watch = turn, watch
        self._call = len(turn.happened) - 1
        self._leaves: list[Tensor] = []
        turn.backwards += 1

    def begin(self, args: Any, kwargs: dict[str, Any]) -> list[Tensor]:
        """Look at what it is called on, and hook into its graph; return the leaves."""
        turn = self._turn
        roots = [*tensors_in(args[0] if args else kwargs.get("tensors", kwargs.get("outputs", kwargs.get("self"))))]
        nodes = nodes_behind(roots)
        self._leaves += leaves_behind(nodes)
        turn.losses += [(self._call, reference) for reference in references_of(turn, roots)]
        for reference in references_of(turn, self._leaves):
            turn.sights[reference.slot].parameter = True
        self._watch.put_on(nodes)
        return self._leaves

    def end(self) -> Walk:
        """Take the hooks off, and return the way that was taken."""
        return self._watch.take_off()

    def look_at_gradients(self) -> None:
        """Look at what the leaves have as their `.grad`."""
        for leaf in self._leaves:
            found = references_of(self._turn, (leaf, leaf.grad))
            if len(found) == 2:
                self._is_gradient(found[0].slot, found[1])

    def look_at_result(self, args: Any, kwargs: dict[str, Any], result: Any) -> None:
        """Look at the gradients that `torch.autograd.grad` returned."""
        wanted = args[1] if len(args) > 1 else kwargs["inputs"]
        for leaf, gradient in zip([wanted] if isinstance(wanted, Tensor) else wanted, result, strict=False):
            found = references_of(self._turn, (leaf, gradient))
            if len(found) == 2 and leaf.is_leaf:
                self._turn.sights[found[0].slot].parameter = True
                self._is_gradient(found[0].slot, found[1])

    def _is_gradient(self, leaf: int, gradient: Reference) -> None:
        self._turn.sights[gradient.slot].gradient_of = leaf
        self._turn.gradients[leaf] = (self._call, gradient)


def keep_whole(turn: Turn, tensors: Iterator[Tensor]) -> None:
    """Keep large tensors whole that the first step may start from: they were made before it."""
    for tensor in tensors:
        if is_plain(tensor) and turn.knows(tensor) and not is_small(tensor) and tensor.grad_fn is None:
            reference = turn.look(tensor)
            if reference.buffer >= 0 and turn.contents[reference.buffer].full is None:
                turn.contents[reference.buffer].full = content(tensor)
