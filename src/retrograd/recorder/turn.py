"""A turn of the loop while it is being watched closely: every tensor, operation and event of it.

Tensors are told apart by their storage and how they look at it, never by Python's `id`: autograd hands its saved
tensors out as new objects.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef

from retrograd.contents import WHOLE_NBYTES, content, dtype_name, extent, is_plain, summary
from retrograd.recorder.parts import Called, Mark, Things
from retrograd.recorder.seen import NOT_WRITTEN, OUTSIDE, Content, Happened, Ran, Sight, Storage
from retrograd.recording import Binding, Reference, itemsize


class Turn:
    """Everything that was seen since the turn began."""

    def __init__(self, is_known: Callable[[int, bytes], bool] = lambda address, data: False) -> None:
        self.sights: list[Sight] = []
        self.contents: list[Content] = []
        self.constants: list[int | float | complex] = []
        self.constant_names: dict[int, str] = {}
        self.ran: list[Ran] = []
        self.happened: list[Happened] = []
        self.event: int | None = None
        """The event that is happening now."""
        self.losses: list[tuple[int, Reference]] = []
        """The event of each backward call, and what it was called on."""
        self.backwards = 0
        """Backward calls so far."""
        self.gradients: dict[int, tuple[int, Reference]] = {}
        """For each leaf: the event after which its gradient was looked at, and that gradient."""
        self.generators: list[torch.Generator] = []
        self.calls: list[Called] = []
        """The calls behind the events, taken apart."""
        self.resumed = False
        """It began as a known pattern, so that not all of it was watched closely."""
        self.bindings: dict[int, Binding] = {}
        """Where tensors came from, if the turn began as a known pattern."""
        self.saved: dict[int, tuple[tuple[str, Reference], ...]] = {}
        """What the nodes with these numbers saved for backward."""
        self.things = Things()
        self.repeatable = True
        """False if something took part that a later turn cannot be compared with."""
        self.began_at = 0
        """How many nodes of graphs there had been when the turn began."""
        self.unseen: list[tuple[int, str]] = []
        """Event, and what could not be seen there."""
        self._is_known = is_known
        """Whether a turn before ended with this content at this storage's address."""
        self._storages: dict[int, Storage] = {}
        self._count = 0
        """Storages met so far, in this turn or in the repeated calls that it began with."""
        self._numbers: dict[tuple[Any, ...], int] = {}

    def storage_of(self, tensor: Tensor, made: bool = False) -> Storage:
        """Return the storage of a plain tensor, as known in this turn."""
        untyped = tensor.untyped_storage()
        address = untyped._cdata
        known = self._storages.get(address)
        if known is None:
            known = self._storages[address] = Storage(self._count, StorageWeakRef(untyped))
            self._count += 1
            known.external = not made
        known.shared = known.shared or not untyped.resizable()
        return known

    def index(self, lost: set[int]) -> None:
        """Make the tensors of repeated calls known by how they look, except views of which nobody knows any more."""
        for number, sight in enumerate(self.sights):
            if number not in lost:
                self._numbers[sight.storage.number, sight.dtype, sight.offset, sight.shape, sight.stride] = number
            self._count = max(self._count, sight.storage.number + 1)

    def place_of(self, sight: int) -> tuple[int, int]:
        """Return which storage a tensor lies in, and at which byte it begins."""
        seen = self.sights[sight]
        return id(seen.storage), seen.offset * itemsize(seen.dtype)

    def adopt(self, tensor: Tensor, storage: Storage) -> None:
        """Let a tensor's memory be a storage of a repeated call."""
        if storage.weak is None:
            storage.weak = StorageWeakRef(tensor.untyped_storage())
            self._storages[address_of(tensor)] = storage

    def knows(self, tensor: Tensor) -> bool:
        """Return whether the tensor's memory was met in this turn."""
        return tensor.untyped_storage()._cdata in self._storages

    def number_of(self, tensor: Tensor) -> int:
        """Return the number of a tensor as it looks now; -1 if no such one was met in this turn."""
        storage = self._storages.get(address_of(tensor)) if is_plain(tensor) else None
        if storage is None:
            return -1
        geometry = (int(tensor.storage_offset()), tuple(tensor.shape), tensor.stride())
        return self._numbers.get((storage.number, dtype_name(tensor.dtype), *geometry), -1)

    def see(self, tensor: Tensor, made: bool = False) -> int:
        """Return the number of a plain tensor in this turn."""
        storage = self.storage_of(tensor, made)
        shape, stride, offset = tuple(tensor.shape), tensor.stride(), int(tensor.storage_offset())
        dtype = dtype_name(tensor.dtype)
        key = (storage.number, dtype, offset, shape, stride)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.sights)
            leaf, device = tensor.is_leaf, str(tensor.device)
            grad = tensor.requires_grad
            self.sights.append(Sight(storage, dtype, shape, stride, offset, device, made, leaf, grad))
        return number

    def look(self, tensor: Tensor, made: bool = False) -> Reference:
        """Return the tensor as it is now; its numbers are copied unless they were already."""
        number = self.see(tensor, made)
        sight = self.sights[number]
        if sight.storage.blank:
            return Reference(number, NOT_WRITTEN)
        size = tensor.element_size()
        start, nbytes = sight.offset * size, extent(tensor)
        whole = nbytes <= WHOLE_NBYTES
        count = tensor.numel()
        for buffer in sight.storage.buffers:
            held = self.contents[buffer]
            # A slice of the data keeps its own bytes: where it begins changes from turn to turn.
            if (held.start, held.nbytes) == (start, nbytes) and (whole or held.count == count):
                if whole and held.data is not None and held.data != content(tensor):
                    return self._written_outside(tensor, Reference(number, buffer))
                return Reference(number, buffer)
        data = content(tensor) if whole else summary(tensor)
        outside = not whole and sight.storage.external and not sight.storage.writes and not sight.made
        full = content(tensor) if outside and not self._is_known(address_of(tensor), data) else None
        sight.storage.buffers.append(len(self.contents))
        self.contents.append(
            Content(sight.storage, sight.storage.writes, start, nbytes, sight.dtype, whole, count, data, full)
        )
        return Reference(number, len(self.contents) - 1)

    def _written_outside(self, tensor: Tensor, before: Reference) -> Reference:
        """Write down that memory was written to, and not by PyTorch: a copy of something that comes from outside."""
        sight, held, data = self.sights[before.slot], self.contents[before.buffer], content(tensor)
        outside = Storage(self._count, None, external=True)
        self._count += 1
        came = Reference(len(self.sights), len(self.contents))
        self.sights.append(
            replace(sight, storage=outside, offset=0, made=False, leaf=True, requires_grad=False, name=None)
        )
        self.sights[-1].parameter, self.sights[-1].gradient_of = False, None
        self.contents.append(replace(held, storage=outside, writes=0, start=0, data=data, full=None))
        storage = sight.storage
        storage.writes += 1
        storage.buffers = [len(self.contents)]
        self.contents.append(replace(held, writes=storage.writes, data=data, full=None))
        now = Reference(before.slot, storage.buffers[0])
        event = self.event
        if event is None:
            event = len(self.happened)
            wrote = (before.slot,)
            self.happened.append(Happened("other", "other", None, OUTSIDE, (came,), (now,), wrote=wrote, tracked=False))
        else:
            self.happened[event].text = self.happened[event].text or OUTSIDE
        slots = ({"slot": before.slot}, {"slot": came.slot})
        self.ran.append(
            Ran("aten::copy_.default", slots, {}, (before.slot,), (before, came), (now,), (), event, False, None)
        )
        self.repeatable = False
        return now

    def distrust(self) -> None:
        """Learn that anything may have been written to."""
        for storage in {id(sight.storage): sight.storage for sight in self.sights}.values():
            storage.writes += 1
            storage.buffers = []

    def keep_whole(self, tensors: list[Tensor]) -> None:
        """Keep all bytes of tensors as they are now: nothing could compute them again."""
        for tensor in tensors:
            buffer = self.look(tensor).buffer
            if buffer >= 0 and not self.contents[buffer].whole:
                self.contents[buffer].full = content(tensor)

    def found(self, tensor: Tensor) -> None:
        """Keep what blank memory holds before it is read, or written to in part: no operation made that.

        The operation that allocated it gives it that content then, as if by chance.
        """
        storage = self.storage_of(tensor)
        if storage.maker is None:
            return
        storage.blank = False
        ran = self.ran[storage.maker]
        (slot,) = ran.outputs
        whole = _as_seen(tensor, self.sights[slot])
        self.keep_whole([whole])
        blank, known = Reference(slot, NOT_WRITTEN), self.look(whole)
        ran.made, ran.unstable = (known,), True
        for happened in self.happened:
            happened.inputs = tuple(known if each == blank else each for each in happened.inputs)
            happened.outputs = tuple(known if each == blank else each for each in happened.outputs)
        for called in self.calls:
            parts = called.results
            called.results = tuple(replace(p, reference=known) if p.reference == blank else p for p in parts)

    def refresh(self, tensor: Tensor) -> None:
        """Look again at how autograd sees a tensor: below autograd, where results are met first, all are leaves."""
        sight = self.sights[self.see(tensor)]
        with suppress(RuntimeError):  # a view that autograd forbids to use from now on
            sight.leaf, sight.requires_grad = tensor.is_leaf, tensor.requires_grad

    def wrote(self, tensor: Tensor) -> None:
        """Note that an operation wrote to the tensor's memory."""
        storage = self.storage_of(tensor)
        storage.writes += 1
        storage.blank = False
        storage.buffers = []

    def constant(self, value: int | float | complex) -> int:
        """Return the number of a new constant."""
        self.constants.append(value)
        return len(self.constants) - 1

    def mark(self) -> Mark:
        """Return how much there is by now."""
        held = (
            self.sights,
            self.contents,
            self.constants,
            self.ran,
            self.happened,
            self.losses,
            self.gradients,
        )
        return Mark(*map(len, held))

    def cannot_see(self, text: str) -> None:
        """Note that something took part in the present event that cannot be executed again."""
        self.unseen.append((max(len(self.happened) - 1, 0), text))


def _as_seen(tensor: Tensor, sight: Sight) -> Tensor:
    """Return the tensor that was seen, made anew from another one of the same memory."""
    fresh = torch.empty(0, dtype=getattr(torch, sight.dtype), device=tensor.device)
    return fresh.set_(tensor.untyped_storage(), sight.offset, sight.shape, sight.stride)


def address_of(tensor: Tensor) -> int:
    """Return the address that tells a tensor's storage from all others that are alive."""
    return tensor.untyped_storage()._cdata
