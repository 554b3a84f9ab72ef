"""What kind of event a call was, and which phase of its step it belongs to."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from retrograd.recorder.seen import Happened
from retrograd.recorder.turn import Turn
from retrograd.recording import Event, Kind, Phase


class Kinds:
    """Tells updates, clears and forward operations apart, in a range of a turn's events."""

    def __init__(self, turn: Turn, first: int, last: int) -> None:
        self._turn = turn
        self._last_call = max((event for event, _ in turn.losses if first <= event < last), default=None)

    def of(self, number: int, happened: Happened) -> Kind:
        """Return the kind of an event."""
        if happened.kind != "other":
            return happened.kind
        if happened.name == "Tensor.grad.__set__":
            return "other" if len(happened.inputs) > 1 else "clear"
        storages = {self._turn.sights[slot].storage.number for slot in happened.wrote}
        if storages & self._gradients and happened.name.rpartition(".")[2] in _CLEARING:
            return "clear"
        if storages & self._leaves and happened.inputs:
            return "update"
        computes = happened.inputs and happened.outputs and not happened.name.endswith("__get__")
        return "forward" if computes and happened.tracked and not self._is_after_backward(number) else "other"

    @cached_property
    def _gradients(self) -> set[int]:
        return {sight.storage.number for sight in self._turn.sights if sight.gradient_of is not None}

    @cached_property
    def _leaves(self) -> set[int]:
        sights = self._turn.sights
        return {sight.storage.number for sight in sights if sight.parameter or (sight.leaf and sight.requires_grad)}

    def _is_after_backward(self, number: int) -> bool:
        return self._last_call is not None and number > self._last_call


_CLEARING = ("zero_", "fill_", "_foreach_zero_")


def with_phases(events: list[Event]) -> tuple[Event, ...]:
    """Return the events with their phases: what stands between backward and the last update belongs to the update."""
    touched = {event.kind: event.number for event in events if event.kind in ("update", "clear")}
    calls = [event.number for event in events if event.kind == "call"]

    def phase_of(event: Event) -> Phase:
        if event.kind in ("forward", "backward", "accumulate", "update", "clear"):
            return event.kind
        if event.kind == "call":
            return "backward"
        if calls and calls[-1] < event.number <= touched.get("update", 0):
            return "update"
        if calls and calls[-1] < event.number <= touched.get("clear", 0):
            return "clear"
        return "other"

    return tuple(replace(event, phase=phase_of(event)) for event in events)
