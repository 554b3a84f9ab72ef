"""The Python side of the widget: what it answers to the messages of its page. No notebook is needed."""

import json
import zlib
from typing import Any

import numpy as np
import pytest
from test_sweeping import losses
from test_viewer_data import opened

import retrograd
from retrograd.views import sweeping

torch = pytest.importorskip("torch")
pytest.importorskip("anywidget")


class Conversation:
    """A widget, and what it sends."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from retrograd.views import widget

        monkeypatch.setattr(widget, "PAUSE", 0)
        with retrograd.record() as recording:
            losses(0.1)
        self.view = widget.RecordingWidget(recording)
        self.sent: list[tuple[dict[str, Any], list[bytes]]] = []
        monkeypatch.setattr(self.view, "send", lambda content, buffers=(): self.sent.append((content, list(buffers))))

    def ask(self, kind: str, request: object) -> tuple[dict[str, Any], list[bytes]]:
        """Send a message as the page does, and return the answer."""
        self.view._asked(self.view, {"kind": kind, "id": 7, "request": request}, [])
        return self.sent[-1]


@pytest.fixture
def conversation(monkeypatch: pytest.MonkeyPatch) -> Conversation:
    return Conversation(monkeypatch)


REQUEST = {"numbers": {"learning_rate": "0.01:2:5"}, "seeds": None, "until": None, "max_steps": 6}
RATES = np.geomspace(0.01, 2, 5)


def test_a_widget_sweeps_tells_how_far_it_is_and_opens_a_run(conversation):
    reply, [form] = conversation.ask("sweepform", None)
    assert reply == {"kind": "answer", "id": 7}
    assert json.loads(form)["numbers"] == [{"name": "learning_rate", "value": 0.1}]
    _, [found] = conversation.ask("sweep", REQUEST)
    drawn = json.loads(found)
    np.testing.assert_allclose(drawn["final_loss"][0], [losses(rate)[-1] for rate in RATES], rtol=1e-5)
    told = [content["progress"]["done"] for content, _ in conversation.sent if content["kind"] == "progress"]
    assert told == sorted(told)
    assert told[-1] == 5
    _, [run] = conversation.ask("run", {"sweep": drawn["number"], "column": 3, "row": 0})
    head, sections = opened(zlib.decompress(run))
    assert head["overlay"] == "the recorded run"
    np.testing.assert_allclose(np.frombuffer(sections["loss"]), losses(RATES[3]), rtol=1e-6)


def test_who_interrupts_the_kernel_gets_an_answer_and_can_sweep_again(conversation, monkeypatch):
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("retrograd.sweeps.sweep", interrupted)
        reply, buffers = conversation.ask("sweep", REQUEST)
    assert (reply["id"], buffers) == (7, [])
    assert reply["error"].startswith("stopped after 0 of 0 runs")
    assert "error" not in conversation.ask("sweep", REQUEST)[0]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), MemoryError("too much"), ZeroDivisionError("by 0")])
def test_what_goes_wrong_is_answered_so_that_no_page_waits_for_ever(conversation, error):
    def broken(*_: object, **__: object) -> None:
        raise error

    conversation.view._run = broken
    with pytest.raises(type(error)):
        conversation.ask("whatif", {"changes": {}, "steps": 2})
    reply, buffers = conversation.sent[-1]
    assert (reply["id"], buffers) == (7, [])
    assert reply["error"] == f"{type(error).__name__}: {error}"


def test_what_no_page_asks_is_not_answered(conversation):
    for message in ("sweep", None, {"kind": "stop"}, {"kind": "__class__", "id": 1}, {"kind": ["sweep"], "id": 1}):
        conversation.view._asked(conversation.view, message, [])
    assert conversation.sent == []
    many = conversation.ask("sweep", REQUEST | {"seeds": str(sweeping.MOST_RUNS)})[0]
    assert f"beyond {sweeping.MOST_RUNS}" in many["error"]
