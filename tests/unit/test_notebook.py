"""A recording as a notebook shows it: the widget, a page for those without one, and text, all at once."""

import sys
import zlib

import handmade
import numpy as np
import pytest
from test_viewer_data import opened

from retrograd.errors import NameUnknownError
from retrograd.recording import value_of
from retrograd.views import notebook
from retrograd.views.notebook import mimebundle
from retrograd.views.widget import RecordingWidget


def test_a_notebook_gets_a_page_and_text():
    bundle = handmade.recorded(2)._repr_mimebundle_(include=None, exclude=None)
    assert set(bundle) == {"text/plain", "text/html"}
    assert bundle["text/html"].startswith("<iframe")
    assert "2 steps" in bundle["text/plain"]


def test_a_widget_has_the_page_and_the_text_beside_it():
    bundle, _ = RecordingWidget(handmade.recorded(2))._repr_mimebundle_(include=None, exclude=None)
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/html"].startswith("<iframe")
    assert "2 steps" in bundle["text/plain"]


def test_a_recording_shows_itself_without_the_widget(monkeypatch):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    assert "text/html" in handmade.recorded(1)._repr_mimebundle_()


def test_in_a_terminal_there_is_only_text(monkeypatch):
    monkeypatch.setattr(notebook, "_in_a_terminal", lambda: True)
    assert set(mimebundle(handmade.recorded(2))) == {"text/plain"}


def test_the_widget_holds_the_recording_and_a_cursor():
    recording = handmade.recorded(3)
    view = RecordingWidget(recording)
    head, sections = opened(zlib.decompress(view._data))
    assert head["count"] == 3
    np.testing.assert_array_equal(np.frombuffer(sections["loss"], "<f8"), recording.loss)
    assert (view.step, view.event) == (0, 0)
    seen = []
    view.observe(lambda change: seen.append(change["new"]), names="step")
    view.step = 2
    assert seen == [2]


@pytest.fixture
def asked():
    """A widget, what its loop was run again with, and what it answers."""
    runs: list[dict] = []

    def run(recording, changes, *, steps=None):
        if "nonsense" in changes:
            raise NameUnknownError("nothing is called nonsense")
        runs.append(changes)
        return handmade.recorded(2, learning_rate=changes["learning_rate"])

    view = RecordingWidget(handmade.recorded(2), run=run)
    answers: list[tuple] = []
    view.send = lambda content, buffers=None: answers.append((content, buffers))
    return view, runs, answers


def test_the_widget_runs_the_loop_again(asked):
    view, runs, answers = asked
    view._asked(view, {"kind": "whatif", "id": 1, "request": {"changes": {"learning_rate": 0.5}}}, [])
    assert runs == [{"learning_rate": 0.5}]
    ((content, buffers),) = answers
    assert content == {"kind": "answer", "id": 1}
    _, sections = opened(zlib.decompress(buffers[0]))
    expected = handmade.recorded(2, learning_rate=0.5).loss
    np.testing.assert_array_equal(np.frombuffer(sections["loss"], "<f8"), expected)


def test_the_widget_gives_all_entries_of_a_tensor(asked):
    view, _, answers = asked
    step = handmade.recorded(2).steps[1]
    reference = next(r for r in step.program.start if step.program.slots[r.slot].name == "w")
    request = {"step": 1, "slot": reference.slot, "buffer": reference.buffer}
    view._asked(view, {"kind": "entries", "id": 7, "request": request}, [])
    ((content, buffers),) = answers
    assert content == {"kind": "answer", "id": 7}
    np.testing.assert_array_equal(np.frombuffer(buffers[0], "<f8"), value_of(step, reference).array.reshape(-1))


def test_the_widget_says_why_it_does_not(asked):
    view, runs, answers = asked
    view._asked(view, {"kind": "whatif", "id": 2, "request": {"changes": {"nonsense": 1}}}, [])
    view._asked(view, {"kind": "something else"}, [])
    view._asked(view, "no message", [])
    assert not runs
    assert answers == [({"kind": "answer", "id": 2, "error": "nothing is called nonsense"}, None)]


def test_a_forward_pass_without_a_loop_is_shown_too():
    import torch

    import retrograd

    with retrograd.record() as forward:
        torch.ones(5) @ torch.ones(5, 3)
    with retrograd.record() as nothing:
        pass
    assert "text/html" in mimebundle(forward)
    assert "text/html" not in mimebundle(nothing)
