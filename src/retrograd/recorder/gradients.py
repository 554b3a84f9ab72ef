"""The function of a pattern that expects the backward call, and copies the gradients that nothing else shows."""

from __future__ import annotations

import torch

from retrograd.contents import content
from retrograd.recorder.copying import Copying
from retrograd.recorder.draft import Draft
from retrograd.recorder.parts import Called, Unrepeatable, Walk
from retrograd.recorder.pattern import Pattern
from retrograd.recorder.within import Within
from retrograd.recording import Reference, itemsize


class Differentiating:
    """Writes how a backward call is run: a hook where a gradient must be copied, and what `.grad` is around it."""

    def __init__(self, pattern: Pattern, draft: Draft, copying: Copying) -> None:
        self._pattern, self._turn = pattern, pattern.turn
        self._draft, self._copying = draft, copying

    def call(self, called: Called, walk: Walk) -> None:
        """Write the lines of a backward call."""
        number, draft = self._draft.number, self._draft
        registered, removed = called.hooks
        draft.unless(
            f"nodes() - began[0] == {called.nodes_made} and handle.next_id - hooks.known == {registered} "
            f"and hooks.removed == {removed}"
        )
        hooks, seldom = self._hooks(called, walk)
        leaves = {n: event for n, event in walk.events.items() if walk.names[n] == "AccumulateGrad"}
        self._go_to(called, walk, {*hooks, *leaves})
        for node, event in leaves.items():
            self._gradient_before(node, event)
        within = f"within{number}" if walk.person_within else None
        if within is not None:
            draft.name(within, Within(self._pattern, called))
        for node, lines in hooks.items():
            draft.hook(f"h{number}_{node}", lines, within)
            draft.add(f"{_when(node in seldom)}handle{node} = n{node}.register_prehook(h{number}_{node})")
        draft.add("hooks.known, hooks.removed = handle.next_id, 0")
        ends = [f"{_when(node in seldom)}take_off(handle{node})" for node in hooks]
        draft.run(called.has_keywords, ends, within and f"{within}.run")
        if within is not None:
            draft.add(f"if {within}.strayed:")
            draft.add(f"    return strayed({number}, func, args, kwargs or none, frame, r)")
        for node, event in leaves.items():
            self._gradient_after(node, event)

    def _hooks(self, called: Called, walk: Walk) -> tuple[dict[int, list[str]], set[int]]:
        """Return what to copy before which nodes: gradients that no call and no .grad shows.

        Besides, which of the nodes show nothing but what is only summarised in some turns.
        """
        shown = {self._buffer_before(event) for event in walk.events.values()}
        hooks: dict[int, list[str]] = {}
        always: set[int] = set()
        for node, event in sorted(walk.events.items(), key=lambda item: item[1]):
            known = self._turn.happened[event].node
            assert known is not None  # it is the event of a node
            for place, reference in enumerate(known.gradients_in):
                buffer = self._copying.wanted(reference)
                if reference is None or buffer is None or buffer in shown:
                    continue
                self._copying.catch(buffer)
                out = self._pattern.places[buffer]
                if self._is_implicit(called, walk, node, buffer):
                    self._pattern.out[out] = self._ones(buffer)
                    continue
                hooks.setdefault(node, []).extend(self._copy_arrived(buffer, place, reference))
                if buffer in self._pattern.passing:
                    self._pattern.blanks[out] = self._copying.blank(buffer)
                else:
                    always.add(node)
        return hooks, set(hooks) - always

    def _copy_arrived(self, buffer: int, place: int, reference: Reference) -> list[str]:
        """Return the lines of a hook that copy one of the gradients that arrive."""
        path = f"g[{place}]"
        condition = f"{path} is not None and {path}.numel() == {self._copying.count(reference)}"
        copied = self._copying.copied(buffer, path)
        lines = [f"if {condition}:", f"    out[{self._pattern.places[buffer]}] = {copied}"]
        if buffer in self._pattern.unstable and not self._copying.held(buffer).whole:
            lines.append(f"    wholes[{buffer}] = content({path})")
        return [*lines, "else:", f"    odd({buffer})"]

    def _is_implicit(self, called: Called, walk: Walk, node: int, buffer: int) -> bool:
        """Return whether a gradient is the one that PyTorch begins with if the call names none: 1."""
        if called.func is not torch.Tensor.backward or walk.tree[node][0] >= 0 or len(called.tensors) != 1:
            return False
        outer = next(outer for outer, inner in self._pattern.built.buffers.items() if inner == buffer)
        held = self._turn.contents[outer]
        return held.whole and held.data == self._ones(buffer)

    def _ones(self, buffer: int) -> bytes:
        held = self._copying.held(buffer)
        return content(torch.ones(held.nbytes // itemsize(held.dtype), dtype=getattr(torch, held.dtype)))

    def _buffer_before(self, event: int) -> int | None:
        happened = self._turn.happened[event]
        if happened.kind != "accumulate" or len(happened.inputs) < 3:
            return None
        return self._pattern.built.buffers.get(happened.inputs[-1].buffer)

    def _go_to(self, called: Called, walk: Walk, wanted: set[int]) -> None:
        """Find nodes of this turn's graph by their way from the roots, and the leaves among them."""
        needed = set(wanted)
        for node in sorted(wanted, reverse=True):
            while (node := walk.tree[node][0]) >= 0:
                needed.add(node)
        roots = [part.path for part in called.tensors if part.path == "args[0]" or part.path.startswith("args[0][")]
        if not roots and needed:
            raise Unrepeatable
        for node in sorted(needed):
            before, edge = walk.tree[node]
            origin = f"{roots[edge]}.grad_fn" if before < 0 else f"n{before}.next_functions[{edge}][0]"
            self._draft.add(f"n{node} = {origin}")
        leaves = [node for node in sorted(wanted) if walk.names[node] == "AccumulateGrad"]
        self._draft.add(*(f"v{node} = n{node}.variable" for node in leaves))

    def _gradient_before(self, node: int, event: int) -> None:
        inputs = self._turn.happened[event].inputs
        self._draft.add(f"g{node} = v{node}.grad")
        if len(inputs) < 3:
            self._draft.unless(f"g{node} is None")
            return
        self._draft.unless(f"g{node} is not None")
        buffer = self._copying.wanted(inputs[-1])
        if buffer is not None:
            self._draft.unless(f"g{node}.numel() == {self._copying.count(inputs[-1])}")
            self._copying.catch(buffer)
            self._copying.copy(buffer, f"g{node}")

    def _gradient_after(self, node: int, event: int) -> None:
        outputs = self._turn.happened[event].outputs
        buffer = self._copying.wanted(outputs[0]) if outputs else None
        if buffer is not None:
            self._copying.catch(buffer)
            self._copying.copy(buffer, f"v{node}.grad")


def _when(seldom: bool) -> str:
    return "if summarises[0]: " if seldom else ""
