"""A sweep on disk, tile by tile: what was asked for, the recording, and what is known by now.

    DIR/                    a Zarr group; its attributes say what the sweep is
      recording.retro       a copy of the recording, so that the folder is all that is needed
      steps, final_loss, …  one entry for each run, in chunks of one tile
      loss                  if asked for: the loss of each turn
      parameter_0, …        if asked for: each parameter that runs end with
      outcome               written last: a tile is done when it has one
      dimension_0, …        the values of the dimensions

Zarr writes each chunk to a file of its own that it renames when it is whole, so whatever is killed, a tile is there or
it is not.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from retrograd.engines.choice import Choice
from retrograd.engines.runs import Answer, Stop
from retrograd.errors import ForeignStoreError, SweepError
from retrograd.recording import Recording
from retrograd.store import load, save
from retrograd.sweeps.grid import Grid
from retrograd.sweeps.planning import Order

if TYPE_CHECKING:
    import zarr

COLUMNS = {
    "steps": "int32", "final_loss": "float64", "first_loss": "float64", "lowest_loss": "float64", "ended": "int8",
    "turning": "float64", "shrinking": "float64", "falling": "float64",
}  # fmt: skip
"""What is kept of each run: the fields of an answer."""

DONE = "outcome"
HISTORY = "loss"
RECORDING = "recording.retro"
VERSION = 1

_ANOTHER = "give the name of a new folder"


class Store:
    """A sweep on disk."""

    def __init__(self, path: str) -> None:
        """Open a store that is there.

        Raises:
            ForeignStoreError: It is none.
        """
        self.path = path
        try:
            self._group: Any = _zarr().open_group(path, mode="r+")
            attributes = dict(self._group.attrs)
        except SweepError:
            raise
        except Exception as error:
            raise ForeignStoreError(
                f"{path} is no store of a sweep ({error}); give the name of a new folder"
            ) from error
        if attributes.get("retrograd") != "sweep":
            raise ForeignStoreError(f"{path} holds something else than a sweep; {_ANOTHER}")
        if attributes.get("version") != VERSION:
            raise ForeignStoreError(
                f"{path} was written by another version of retrograd; give the name of a new folder"
            )
        self.mark: str = attributes["mark"]
        self.tile: int = attributes["tile"]
        self._plain: dict[str, Any] = json.loads(attributes["order"])

    @property
    def order(self) -> Order:
        """What was asked for."""
        plain = self._plain
        values = tuple(np.asarray(self._group[f"dimension_{n}"][:]) for n in range(len(plain["names"])))
        return Order(
            Grid(tuple(plain["names"]), values), plain["spelled"], plain["start"], Stop(**plain["stop"]),
            plain["dtype"], Choice(**plain["choice"]), plain.get("history", False), plain.get("parameters") is not None,
            plain["device"],
        )  # fmt: skip

    def recording(self) -> Recording:
        """Return the recording that is swept."""
        return load(os.path.join(self.path, RECORDING))

    @property
    def tiles(self) -> int:
        """How many tiles there are."""
        return -(-self._group[DONE].shape[0] // self.tile)

    def span(self, tile: int) -> tuple[int, int]:
        """Return the first run of a tile, and the one after its last."""
        return tile * self.tile, min((tile + 1) * self.tile, self._group[DONE].shape[0])

    def is_done(self, tile: int) -> bool:
        """Return whether a tile was computed."""
        first, last = self.span(tile)
        return bool((self._group[DONE][first:last] != 0).all())

    def missing(self) -> list[int]:
        """Return the tiles that are still to be computed."""
        done = np.asarray(self._group[DONE][:]) != 0
        return [tile for tile in range(self.tiles) if not done[slice(*self.span(tile))].all()]

    def write(self, tile: int, answer: Answer, outcome: np.ndarray) -> None:
        """Keep what became of the runs of a tile.

        Raises:
            SweepError: It cannot be written, as on a full disk.
        """
        span = slice(*self.span(tile))
        try:
            for name in COLUMNS:
                self._group[name][span] = getattr(answer, name)
            if answer.history is not None:
                self._group[HISTORY][span] = answer.history
            for place, name in self._parameters:
                self._group[place][span] = answer.parameters[name]
            self._group[DONE][span] = outcome
        except OSError as error:
            raise SweepError(
                f"tile {tile} cannot be written to {self.path}: {error}. The tiles before it are kept; make room, and "
                "the same command goes on from there"
            ) from error

    def answer(self) -> Answer:
        """Return what is known; runs that were not computed yet are marked as such."""
        columns: dict[str, Any] = {name: np.asarray(self._group[name][:]) for name in COLUMNS}
        history = np.asarray(self._group[HISTORY][:]) if self.order.history else None
        return Answer(
            **columns, history=history,
            parameters={name: np.asarray(self._group[place][:]) for place, name in self._parameters},
        )  # fmt: skip

    @property
    def _parameters(self) -> list[tuple[str, str]]:
        """The array of each parameter, and the person's name for it, which may be no name of a file."""
        return [(f"parameter_{n}", name) for n, name in enumerate(self._plain.get("parameters") or ())]

    def turns(self, tile: int) -> int:
        """Return how many turns the runs of a tile took."""
        return int(np.asarray(self._group["steps"][slice(*self.span(tile))]).sum())


def store_for(
    path: str, recording: Recording, order: Order, tile: int, parameters: Mapping[str, np.ndarray] | None = None
) -> Store:
    """Return the store of a sweep: the one that is there, or a new one.

    Args:
        path: Where it is.
        recording: What is swept.
        order: What was asked for.
        tile: How many runs are computed together.
        parameters: If they are kept: for each of them an array of its shape and dtype.

    Raises:
        ForeignStoreError: There is something else. It is left as it is.
    """
    mark = order.mark(recording)
    if not os.path.exists(path):
        _create(path, recording, order, tile, mark, parameters)
    store = Store(path)
    if store.mark != mark:
        raise ForeignStoreError(
            f"{path} holds another sweep: other numbers, another end, another engine or another recording. It is left "
            f"as it is; {_ANOTHER}, or ask for the same sweep again to go on with it"
        )
    return store


def engine_in(path: str) -> str | None:
    """Return the engine that the tiles in a store were computed with; None if there is no store."""
    return Store(path).order.choice.name if os.path.exists(path) else None


def _create(
    path: str, recording: Recording, order: Order, tile: int, mark: str, parameters: Mapping[str, np.ndarray] | None
) -> None:
    """Make a store under another name first: several processes may want to make the same one."""
    parent = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(parent):
        raise SweepError(f"there is no folder {parent} to make the store {path} in")
    try:
        fresh = tempfile.mkdtemp(prefix=".sweep-", dir=parent)
    except OSError as error:
        raise SweepError(f"the store {path} cannot be made: {error}") from error
    try:
        plain = {
            "names": order.grid.names, "spelled": dict(order.spelled), "start": order.start,
            "stop": asdict(order.stop), "dtype": order.dtype, "choice": asdict(order.choice),
            "device": order.device, "history": order.history,
            "parameters": None if parameters is None else list(parameters),
        }  # fmt: skip
        attributes = {"retrograd": "sweep", "version": VERSION, "mark": mark, "tile": tile, "order": json.dumps(plain)}
        group = _zarr().open_group(fresh, mode="w")
        for n, values in enumerate(order.grid.values):
            array = group.create_array(f"dimension_{n}", shape=values.shape, dtype=values.dtype)
            array[:] = values
        for name, dtype in {**COLUMNS, DONE: "int8"}.items():
            _column(group, name, dtype, (order.grid.count,), tile)
        if order.history:
            _column(group, HISTORY, "float64", (order.grid.count, order.stop.max_steps), tile)
        for n, array in enumerate((parameters or {}).values()):
            _column(group, f"parameter_{n}", str(array.dtype), (order.grid.count, *array.shape), tile)
        save(recording, os.path.join(fresh, RECORDING))
        group.attrs.update(attributes)
        os.chmod(fresh, 0o755)  # a temporary folder is its maker's only
        os.rename(fresh, path)
    except OSError as error:
        if not os.path.exists(path):
            raise SweepError(f"the store {path} cannot be made: {error}") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _column(group: zarr.Group, name: str, dtype: str, shape: tuple[int, ...], tile: int) -> None:
    fill: Any = np.nan if dtype.startswith("float") else 0
    # A chunk whose entries are all 0 would not be written, so a value that never occurs says "not run".
    group.create_array(
        name, shape=shape, chunks=(tile, *(max(1, length) for length in shape[1:])), dtype=dtype, fill_value=fill,
        dimension_names=("run", *(f"{name}_{axis}" for axis in range(len(shape) - 1))),
        config={"write_empty_chunks": True},
    )  # fmt: skip


def _zarr() -> Any:  # a module; imported only when a store is asked for
    try:
        import zarr
    except ImportError:
        raise SweepError("a store needs zarr: pip install 'retrograd[zarr]'") from None
    return zarr
