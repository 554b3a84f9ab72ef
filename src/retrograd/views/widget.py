"""The viewer in a notebook: a widget whose cursor Python can read and move. It needs `retrograd[notebook]`."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from typing import Any

import anywidget
import traitlets

from retrograd.errors import RefusedError
from retrograd.recording import Recording
from retrograd.views.data import Extra, data_of, packed
from retrograd.views.notebook import mimebundle
from retrograd.views.page import viewer_source
from retrograd.views.plain import Plain
from retrograd.views.sweeping import Sweeps
from retrograd.views.whatif import Replay, answer, form_of, replay
from retrograd.views.wholes import entries

PAUSE = 0.3
"""Seconds between two messages that say how far a sweep is."""


class RecordingWidget(anywidget.AnyWidget):
    """A recording in a notebook's cell.

    view = RecordingWidget(recording)
    view                       # shows it
    view.step, view.event      # where its cursor is
    view.step = 12             # moves it
    view.observe(print, names="step")
    """

    _esm = viewer_source()
    _data = traitlets.Bytes().tag(sync=True)
    _form = traitlets.Dict().tag(sync=True)
    step = traitlets.Int(0).tag(sync=True)
    """The number of the step at the cursor; −1 is what came before the loop."""
    event = traitlets.Int(0).tag(sync=True)
    """The event of the step, from 0."""
    height = traitlets.Int(780).tag(sync=True)
    """In pixels."""

    def __init__(
        self, recording: Recording, extra: Extra | None = None, *, run: Replay = replay, **traits: Any
    ) -> None:
        self._recording, self._run, self._sweeps, self._told = recording, run, Sweeps(self._tell), 0.0
        super().__init__(_data=packed(data_of(recording, extra)), _form=form_of(recording), **traits)
        self.on_msg(self._asked)

    def _repr_mimebundle_(self, **options: Any) -> Any:  # what IPython asks for and takes
        """Return the widget, and beside it what a notebook without a kernel shows."""
        made = super()._repr_mimebundle_(**options)
        widget, metadata = made if isinstance(made, tuple) else (made or {}, {})
        return {**widget, **mimebundle(self._recording)}, metadata

    def stop(self) -> None:
        """End the sweep that runs, if one does. What it has made is thrown away."""
        self._sweeps.stop()

    def _asked(self, _: Any, message: Any, __: Any) -> None:
        """Answer what the viewer asks: what if? all entries of a tensor? what would other rates have done?"""
        answers: dict[str, Callable[[Any], bytes]] = {
            "whatif": lambda request: answer(self._recording, request, self._run),
            "entries": lambda request: entries(self._recording, request),
            "sweepform": lambda _: json.dumps(self._sweeps.form(self._recording), allow_nan=False).encode(),
            "sweep": lambda request: self._sweeps.sweep(self._recording, request),
            "run": lambda request: self._sweeps.run(self._recording, request),
        }
        kind = message.get("kind") if isinstance(message, dict) else None
        if kind == "stop":
            self.stop()
        if not isinstance(kind, str) or kind not in answers:
            return
        reply = {"kind": "answer", "id": message.get("id")}
        work = partial(self._answer, reply, answers[kind], message.get("request"))
        if kind == "sweep" and self._hears_meanwhile():
            # It must be free to hear that the sweep is to stop.
            threading.Thread(target=copy_context().run, args=(work,), daemon=True).start()
        else:
            work()

    def _hears_meanwhile(self) -> bool:
        """Return whether a sweep may run in a thread, while whoever has asked for it here hears what is asked next."""
        in_subshell = type(threading.current_thread()).__module__.startswith("ipykernel")  # the kernel's cells run on
        in_marimo = type(self.comm).__module__.startswith("marimo")  # whose messages may be sent from any thread
        return in_subshell or in_marimo

    def _answer(self, reply: dict[str, Any], function: Callable[[Any], bytes], request: Any) -> None:
        try:
            self.send(reply, [function(request)])
        except RefusedError as error:
            self.send(reply | {"error": str(error)})
        except BaseException as error:  # an interrupted kernel, too: the page must not wait for ever
            self.send(reply | {"error": f"{type(error).__name__}: {error}"})
            raise

    def _tell(self, progress: Plain) -> None:
        """Say how far a sweep is. A kernel that is busy hears nothing, but what it says arrives."""
        now = time.monotonic()
        if now - self._told >= PAUSE:
            self._told = now
            self.send({"kind": "progress", "progress": progress})
