"""A turn that began as a known pattern and went on otherwise, put together for the close watch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef

from retrograd.recorder.blanks import blank_again
from retrograd.recorder.building import Geometry
from retrograd.recorder.pattern import Pattern
from retrograd.recorder.seen import Content, Storage
from retrograd.recorder.turn import Turn, address_of
from retrograd.recording import constants_in, flat, itemsize, slots_in

Ended = tuple[Storage, int, dict[Geometry, tuple[int, bytes | None]]]


@dataclass(frozen=True, slots=True)
class Resumed:
    """What the close watch needs to go on."""

    turn: Turn
    before: dict[int, Ended]
    """What the step before left, by address."""
    sequence: dict[int, int]
    """Which event made the node with this number, counted from the turn's beginning."""


def survivors(pattern: Pattern, step: int) -> dict[int, Ended]:
    """Return what a step that ended leaves, as far as its objects are known."""
    found: dict[int, Ended] = {}
    for slot, thing in pattern.last_thing.items():
        tensor = pattern.weak[thing]()
        if tensor is None or slot not in pattern.end:
            continue
        _add(found, tensor, step, slot, _data(pattern, pattern.end[slot]))
        if tensor.is_leaf and tensor.grad is not None:
            for leaf, reference in pattern.program.gradients:
                if leaf == slot and reference.slot in pattern.end:
                    _add(found, tensor.grad, step, reference.slot, _data(pattern, pattern.end[reference.slot]))
    return found


def resumed_turn(pattern: Pattern, number: int, is_known: Callable[[int, bytes], bool]) -> Resumed:
    """Return the turn up to a call, as the close watch would hold it, and what it started from."""
    known = pattern.turn
    mark = pattern.calls[number].mark if number < len(pattern.calls) else known.mark()
    turn = Turn(is_known)
    turn.resumed = True
    storages = {id(sight.storage): Storage(sight.storage.number, None) for sight in known.sights[: mark.sights]}
    for sight in known.sights[: mark.sights]:
        storage = storages[id(sight.storage)]
        storage.external = sight.storage.external
        turn.sights.append(replace(sight, storage=storage))
    turn.contents += [_content(pattern, raw, number, storages) for raw in range(mark.contents)]
    turn.constants = _constants(pattern, mark.constants)
    turn.constant_names = {n: name for n, name in known.constant_names.items() if n < mark.constants}
    states = iter(pattern.drawn)
    for ran in known.ran[: mark.ran]:
        draw = ran.draw
        if draw is not None and not (draw[2] and any(r.draw and r.draw[0] == draw[0] for r in turn.ran)):
            draw = (draw[0], next(states, draw[1]), draw[2])
        turn.ran.append(replace(ran, draw=draw))
    turn.happened += [replace(happened) for happened in known.happened[: mark.happened]]
    turn.backwards = sum(event < mark.happened for event, _ in known.losses)
    turn.losses = known.losses[: mark.losses]
    turn.gradients = dict(list(known.gradients.items())[: mark.gradients])
    turn.generators = list(known.generators)
    turn.calls = list(pattern.calls[:number])
    turn.began_at = pattern.began[0]
    raw = {inner: outer for outer, inner in pattern.built.slots.items()}
    pairs = zip(pattern.program.start, pattern.bindings, strict=True)
    ghosts = set(pattern.ghosts)
    begun = {raw[r.slot]: None if n in ghosts else binding for n, (r, binding) in enumerate(pairs)}
    turn.bindings = {slot: binding for slot, binding in begun.items() if slot < mark.sights}
    moved = _moved_views(pattern, turn, number)
    lost = _move(turn, moved)
    turn.index({sight for sight, shift in moved.items() if shift is None})
    _present_buffers(turn, lost)
    blank_again(turn, mark.contents)
    before = dict(_adopted(pattern, turn, number))
    sequence = _nodes_made(pattern, number)
    return Resumed(turn, before, sequence)


def _content(pattern: Pattern, raw: int, number: int, storages: dict[int, Storage]) -> Content:
    held = pattern.turn.contents[raw]
    buffer = pattern.built.buffers.get(raw, -1)
    caught = pattern.caught.get(buffer, number)
    data = pattern.out[pattern.places[buffer]] if caught < number else None
    full = pattern.wholes.get(buffer)
    return replace(held, storage=storages[id(held.storage)], data=data, full=full)


def _constants(pattern: Pattern, count: int) -> list[int | float | complex]:
    constants = list(pattern.turn.constants[:count])
    raw = {inner: outer for outer, inner in pattern.built.constants_of.items()}
    for number, value in pattern.changed.items():
        if raw[number] < count:
            constants[raw[number]] = value
    return constants


def _moved_views(pattern: Pattern, turn: Turn, number: int) -> dict[int, int | None]:
    """Return how far each view begins from where it began in the pattern's own turn, in entries; None if it is gone.

    A call was given other numbers, as for the ends of a slice; views of such views move with them.
    """
    program, raw = pattern.program, {inner: outer for outer, inner in pattern.built.slots.items()}
    moving: set[int] = set()
    for operation in program.operations:
        given = set(slots_in((operation.arguments, dict(operation.keywords))))
        numbers = list(constants_in((operation.arguments, dict(operation.keywords))))
        if given & moving or any(constant in pattern.changed for constant in numbers):
            storages = {program.slots[slot].storage for slot in given}
            outputs = {slot for slot in flat(operation.outputs) if slot is not None} - given
            moving |= {slot for slot in outputs if program.slots[slot].storage in storages}
    found: dict[int, int | None] = {raw[slot]: None for slot in moving if raw[slot] < len(turn.sights)}
    for called in pattern.calls[:number]:
        for part in (*called.tensors, *called.results):
            sight, tensor = pattern.turn.things.slots[part.thing], pattern.weak[part.thing]()
            if sight in found and tensor is not None:
                found[sight] = int(tensor.storage_offset()) - turn.sights[sight].offset
    return found


def _move(turn: Turn, moved: dict[int, int | None]) -> set[int]:
    """Let views begin where they do; return the contents of which nobody knows where they lie."""
    shifts = {turn.place_of(sight): shift for sight, shift in moved.items()}
    lost = set()
    for number, held in enumerate(turn.contents):
        shift = shifts.get((id(held.storage), held.start), 0)
        if shift is None:
            lost.add(number)
        else:
            held.start += shift * itemsize(held.dtype)
    for sight, shift in moved.items():
        turn.sights[sight].offset += shift or 0
    return lost


def _present_buffers(turn: Turn, lost: set[int]) -> None:
    """Find out which buffers hold the present content of each storage."""
    for number, held in enumerate(turn.contents):
        if number in lost:
            continue
        if held.writes == held.storage.writes:
            held.storage.buffers.append(number)
        elif held.writes > held.storage.writes:
            held.storage.writes, held.storage.buffers = held.writes, [number]


def _adopted(pattern: Pattern, turn: Turn, number: int) -> Iterator[tuple[int, Ended]]:
    """Tie the turn to the objects that are alive, and go through what they were at the end of the step before."""
    things = pattern.turn.things
    seen = {part.thing for called in pattern.calls[:number] for part in (*called.tensors, *called.results)}
    count = max(seen, default=-1) + 1
    turn.things.take(things, count, pattern.weak)
    before: dict[int, Ended] = {}
    start = {r.slot: (r, binding) for r, binding in zip(pattern.program.start, pattern.bindings, strict=True)}
    for thing, raw in enumerate(things.slots):
        tensor = pattern.weak[thing]()
        if tensor is None:
            continue
        slot = pattern.built.slots.get(raw, -1)
        if thing < count and raw < len(turn.sights):
            turn.adopt(tensor, turn.sights[raw].storage)
            _adopt_gradient(turn, tensor, raw)
        if not things.made[thing]:
            owned = [(tensor, slot)]
            if tensor.is_leaf and tensor.grad is not None:
                owned += [(tensor.grad, s.number) for s in pattern.program.slots if s.gradient_of == slot]
            for held, place in owned:
                reference, binding = start.get(place, (None, None))
                if reference is not None and binding is not None:
                    _add(before, held, -1, binding[1], _data(pattern, reference.buffer, number))
    yield from before.items()


def _adopt_gradient(turn: Turn, leaf: Tensor, raw: int) -> None:
    gradient = leaf.grad if leaf.is_leaf else None
    for sight in reversed(turn.sights):
        if sight.gradient_of == raw and gradient is not None:
            turn.adopt(gradient, sight.storage)
            return


def _nodes_made(pattern: Pattern, number: int) -> dict[int, int]:
    made: dict[int, int] = {}
    calls = pattern.calls[: number + 1]
    for called, following in pairwise(calls):
        made.update(dict.fromkeys(range(called.nodes_made, following.nodes_made), called.event))
    return made


def _data(pattern: Pattern, buffer: int, number: int | None = None) -> bytes | None:
    place = pattern.places.get(buffer)
    if place is None or (number is not None and pattern.caught.get(buffer, number) >= number):
        return None
    return pattern.out[place]


def _add(found: dict[int, Ended], tensor: Tensor, step: int, slot: int, data: bytes | None) -> None:
    address = address_of(tensor)
    geometry = (
        str(tensor.dtype).removeprefix("torch."),
        int(tensor.storage_offset()),
        tuple(tensor.shape),
        tensor.stride(),
    )
    storage = found.get(address, (Storage(-1, StorageWeakRef(tensor.untyped_storage())), step, {}))
    storage[2][geometry] = (slot, data)
    found[address] = storage
