"""Sweeps that the viewer asks for: a map, and the run behind a place, beside the loop written by hand."""

import json
import zlib
from functools import partial

import numpy as np
import pytest
from test_viewer_data import opened

import retrograd
from retrograd.engines.toolchain import no_compiler
from retrograd.errors import RefusedError
from retrograd.recording import Recording
from retrograd.views.data import Extra, data_of
from retrograd.views.sweeping import MOST_RUNS, Sweeps

torch = pytest.importorskip("torch")


def losses(learning_rate: float, steps: int = 6) -> list[float]:
    """Descend on w², whose gradient is 2w."""
    w = torch.tensor(1.0, requires_grad=True)
    found = []
    for _ in range(steps):
        loss = w * w
        loss.backward()
        with torch.no_grad():
            w -= learning_rate * w.grad
        w.grad = None
        found.append(loss.item())
    return found


@pytest.fixture(scope="module")
def recording() -> Recording:
    with retrograd.record() as recording:
        losses(0.1)
    return recording


def asked(recording: Recording, sweeps: Sweeps, **request: object) -> dict:
    whole = {"numbers": {"learning_rate": "0.01:4:5"}, "seeds": None, "until": None, "max_steps": 6} | request
    return json.loads(sweeps.sweep(recording, whole))


def test_the_learning_rate_is_offered_with_what_it_was(recording):
    form = Sweeps().form(recording)
    assert form["numbers"][0] == {"name": "learning_rate", "value": 0.1}
    assert form["seeds"] is False  # nothing is drawn


def test_a_map_holds_what_the_loop_does_by_hand(recording):
    sweeps = Sweeps()
    found = asked(recording, sweeps)
    rates = np.geomspace(0.01, 4, 5)
    np.testing.assert_allclose(found["axes"][0]["values"], rates, rtol=1e-12)
    np.testing.assert_allclose(found["final_loss"][0], [losses(rate)[-1] for rate in rates], rtol=1e-5)
    assert len(found["colours"]) == len(found["outcomes"])
    assert sweeps.progress["done"] == sweeps.progress["count"] == 5


def test_a_place_opens_as_a_recording_of_its_run(recording):
    sweeps = Sweeps()
    found = asked(recording, sweeps)
    head, sections = opened(zlib.decompress(sweeps.run(recording, {"sweep": found["number"], "column": 3, "row": 0})))
    rate = found["axes"][0]["values"][3]
    np.testing.assert_allclose(np.frombuffer(sections["loss"], "<f8"), losses(rate), rtol=1e-6)
    np.testing.assert_array_equal(np.frombuffer(sections["overlay"], "<f8"), recording.loss)
    assert head["title"] == f"the run with learning_rate = {rate:.6g}"


@pytest.mark.parametrize(
    "request_",
    [
        None,
        {},
        {"numbers": []},
        {"numbers": {"learning_rate": "-1"}},
        {"numbers": {"learning_rate": f"1:2:{MOST_RUNS + 1}"}},
        {"numbers": {"learning_rate": "1:2:100000000000"}},
        {"numbers": {"learning_rate": "1,2"}, "seeds": "100000000000"},
        {"numbers": {"nonsense": "1,2"}},
        {"numbers": {"learning_rate": "1", "a": "1", "b": "1"}},
        {"numbers": {"learning_rate": "1,2"}, "until": "import os"},
        {"numbers": {"learning_rate": "1,2"}, "max_steps": True},
    ],
)
def test_what_cannot_be_swept_is_refused_with_a_reason(recording, request_):
    with pytest.raises(RefusedError, match=r"\w"):
        Sweeps().sweep(recording, request_)


@pytest.mark.parametrize("request_", [None, {}, {"sweep": 9, "column": 0, "row": 0}])
def test_a_map_that_is_gone_is_refused(recording, request_):
    with pytest.raises(RefusedError, match="this map is gone"):
        Sweeps().run(recording, request_)


@pytest.mark.parametrize(("column", "row"), [(5, 0), (-1, 0)])
def test_a_place_beyond_the_map_is_refused(recording, column, row):
    sweeps = Sweeps()
    number = asked(recording, sweeps)["number"]
    with pytest.raises(RefusedError, match="no such place"):
        sweeps.run(recording, {"sweep": number, "column": column, "row": row})


@pytest.mark.parametrize("engine", ["loop", "batch", "compiled"])
def test_a_sweep_is_stopped_between_two_turns(recording, monkeypatch, engine):
    """No run ends before its last turn, so only what engines tell in between can end the sweep."""
    if engine == "compiled" and no_compiler() is not None:
        pytest.skip(str(no_compiler()))
    monkeypatch.setattr("retrograd.sweeps.sweep", partial(retrograd.sweeps.sweep, engine=engine))
    told = []
    sweeps = Sweeps(lambda progress: (told.append(progress["done"]), sweeps.stop()))
    with pytest.raises(RefusedError, match="stopped after 0 of 5 runs"):
        asked(recording, sweeps, max_steps=100_000)
    assert told == [0]
    sweeps = Sweeps()  # the next one is not stopped
    sweeps.stop()
    assert asked(recording, sweeps)["max_steps"] == 6


def test_an_interrupted_sweep_says_so(recording):
    def interrupt(_):
        raise KeyboardInterrupt

    with pytest.raises(RefusedError, match="stopped after 0 of 5 runs; nothing of them is kept"):
        asked(recording, Sweeps(interrupt))


def test_a_page_comes_with_the_map_of_a_sweep(recording):
    result = retrograd.sweep(recording, learning_rate=[0.1, 3.0], max_steps=6)
    head, _ = opened(data_of(recording, Extra(sweep=result)))
    assert head["sweep"]["axes"] == [{"name": "learning_rate", "values": [0.1, 3.0]}]
    assert opened(data_of(recording))[0]["sweep"] is None
