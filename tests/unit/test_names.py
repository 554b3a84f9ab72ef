"""What things are called: by the person's variables, by the paths of modules."""

from __future__ import annotations

import linecache
import sys
from types import CodeType, FrameType, SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

import retrograd
from retrograd.recorder.names import named_numbers, named_tensors

everywhere = torch.zeros(7)


def names_in(frame: FrameType) -> dict[str, torch.Tensor]:
    """Return the tensors that can be named in a frame; of two with one name the first, as they are met."""
    found: dict[str, torch.Tensor] = {}
    for name, tensor in named_tensors(frame):
        found.setdefault(name, tensor)
    return found


def test_variables():
    w, b = torch.ones(2), torch.zeros(2)
    found = names_in(sys._getframe())
    assert found["w"] is w
    assert found["b"] is b
    assert found["everywhere"] is everywhere


def test_the_innermost_name_comes_first():
    def inner(p: torch.Tensor) -> list[str]:
        return [name for name, tensor in named_tensors(sys._getframe()) if tensor is p]

    w = torch.ones(2)
    assert inner(w) == ["p", "w"]


def test_lists_tuples_and_dictionaries():
    w, b = torch.ones(2), torch.zeros(2)
    parameters, batch, state = [w, b], (w, [b]), {"w": w, 3: b}
    found = names_in(sys._getframe())
    assert found["parameters[1]"] is b
    assert found["batch[1][0]"] is b
    assert found["state['w']"] is w
    assert found["state[3]"] is b
    assert len(parameters) + len(batch) + len(state) == 6


def test_modules_by_the_paths_of_their_parameters():
    model = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.BatchNorm1d(3)))
    found = names_in(sys._getframe())
    assert found["model.0.weight"] is model[0].weight
    assert found["model.1.0.running_mean"] is model[1][0].running_mean
    expected = {f"model.{path}" for path, _ in (*model.named_parameters(), *model.named_buffers())}
    assert {name for name in found if name.startswith("model.")} == expected


def test_a_module_calls_its_own_parameters_by_their_paths():
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(2, 1)

        def forward(self, x: torch.Tensor) -> list[str]:
            return [name for name, tensor in named_tensors(sys._getframe()) if tensor is self.layer.weight]

    assert Net()(torch.ones(2))[0] == "layer.weight"


def test_weights_that_are_shared_have_a_name():
    table, head = nn.Embedding(4, 2), nn.Linear(2, 4, bias=False)
    head.weight = table.weight
    found = names_in(sys._getframe())
    assert found["table.weight"] is table.weight


def test_the_state_of_an_optimizer():
    w = torch.ones(2, requires_grad=True)
    optimizer = torch.optim.Adam([w])
    w.sum().backward()
    optimizer.step()
    assert names_in(sys._getframe())["optimizer.state[0].exp_avg"] is optimizer.state[w]["exp_avg"]


def test_attributes_of_the_persons_objects():
    class Trainer:
        def __init__(self) -> None:
            self.model = nn.Linear(2, 1)
            self.buffers = [torch.ones(1)]

    trainer, options = Trainer(), SimpleNamespace(scale=torch.ones(3))
    found = names_in(sys._getframe())
    assert found["trainer.model.weight"] is trainer.model.weight
    assert found["trainer.buffers[0]"] is trainer.buffers[0]
    assert options.scale.sum() == 3


def test_objects_that_hold_themselves():
    ring: list[Any] = [torch.ones(1)]
    ring.append(ring)
    knot = SimpleNamespace(w=torch.ones(1))
    knot.knot = knot
    found = names_in(sys._getframe())
    assert found["ring[0]"] is ring[0]


def test_nothing_of_the_person_is_called():
    class Touchy:
        def __init__(self) -> None:
            self.w = torch.ones(1)

        @property
        def computed(self) -> torch.Tensor:
            raise AssertionError("a property was read")

        def _complain(self, *_: object) -> Any:
            raise AssertionError("somebody called a method")

        __getattr__ = __eq__ = __hash__ = __len__ = __bool__ = __iter__ = __getitem__ = _complain  # type: ignore[assignment]

    class Listing(nn.Linear):
        def named_parameters(self, *_: object, **__: object) -> Any:
            raise AssertionError("a method of the person's was called")

    touchy, listing = Touchy(), Listing(2, 1)  # noqa: F841 - found by its name
    found = names_in(sys._getframe())
    assert found["touchy.w"].shape == (1,)
    assert found["listing.weight"] is listing.weight


def test_thousands_of_tensors_are_named_in_part():
    many = [torch.zeros(1) for _ in range(5000)]
    count = sum(1 for _ in named_tensors(sys._getframe()))
    assert 1000 < count < 5000
    assert len(many) == 5000


# ---------------------------------------------------------------- numbers


def numbers(line: str, **variables: Any) -> list[tuple[str, Any]]:
    """Run a line that calls `here(...)`, and return the names of numbers in the call."""
    found: list[tuple[str, Any]] = []

    def here(*_: object) -> float:
        frame = sys._getframe(1)
        found.extend(named_numbers(frame.f_code, frame.f_lasti, frame))
        return 1.0

    file = "<numbers>"
    linecache.cache[file] = (len(line), None, line.splitlines(keepends=True), file)
    try:
        exec(compile(line, file, "exec"), {"here": here, **variables})
    finally:
        del linecache.cache[file]
    return found


def test_the_variables_in_the_expression():
    found = numbers("y = here(learning_rate * 2 + offset)", learning_rate=0.1, offset=3, other=0.1)
    assert dict(found) == {"learning_rate": 0.1, "offset": 3}


def test_paths_to_attributes():
    options = SimpleNamespace(training=SimpleNamespace(lr=0.5), seed=1)
    assert ("options.training.lr", 0.5) in numbers("here(options.training.lr)", options=options)


def test_other_variables_are_no_numbers():
    given = {"text": "a", "flag": True, "nothing": None, "w": torch.ones(1)}
    assert numbers("here(text, flag, nothing, w, len, missing if text else 1)", **given, missing=[]) == []


def test_an_expression_over_several_lines():
    assert numbers("x = here(\n    a,\n    b,\n)\n", a=1.5, b=2) == [("a", 1.5), ("b", 2)]


def test_a_property_is_not_read():
    class Schedule:
        @property
        def lr(self) -> float:
            raise AssertionError("a property was read")

        def __init__(self) -> None:
            self.scale = 2.0

    schedule = Schedule()
    found = numbers("here(schedule.scale, schedule.__class__ and lr_of(schedule))", schedule=schedule, lr_of=id)
    assert ("schedule.scale", 2.0) in found


def test_code_without_source_names_nothing():
    code: list[tuple[CodeType, int, FrameType]] = []

    def here(_: float) -> None:
        frame = sys._getframe(1)
        code.append((frame.f_code, frame.f_lasti, frame))

    exec("here(rate)", {"here": here, "rate": 0.1})
    assert list(named_numbers(*code[0])) == []


@pytest.mark.parametrize("text", ["here(rate) if rate else 0", "assert here(rate)", "x: float = here(rate)"])
def test_a_call_within_a_statement(text):
    assert numbers(text, rate=0.25) == [("rate", 0.25)]


def test_tensors_have_names_where_backward_was_never_called():
    code = compile("x = torch.ones(5)\nw = torch.randn(5, 3, requires_grad=True)\nz = x @ w\n", "forward.py", "exec")
    space = {"torch": torch, "__name__": "__main__"}
    with retrograd.record() as recording:
        exec(code, space)
    assert [slot.name for slot in recording.programs[0].slots if slot.name] == ["x", "w", "z"]
