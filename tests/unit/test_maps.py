"""A sweep as a map that a page can draw, with a run behind each place."""

import json

import pytest

import retrograd
from retrograd.errors import DimensionError
from retrograd.sweeps import run_of
from retrograd.views.maps import map_of

torch = pytest.importorskip("torch")
xarray = pytest.importorskip("xarray")

WORDS = ["not_run", "converged", "slow", "oscillating", "diverged", "non-finite"]


def result_of(dims, coords, outcome, steps, losses):
    """Make a result by hand, as a sweep would return it."""
    data = {
        "outcome": (dims, outcome, {"flag_meanings": WORDS}),
        "steps": (dims, steps),
        "final_loss": (dims, losses),
    }
    return xarray.Dataset(data, coords, {"max_steps": 9, "until": float("nan")})


def test_a_map_of_two_numbers_has_the_first_across_and_the_second_up():
    result = result_of(("a", "b"), {"a": [1.0, 2.0, 3.0], "b": [10.0, 20.0]},
                       [[1, 2], [1, 4], [5, 5]], [[3, 9], [4, 9], [1, 2]],
                       [[0.1, 0.2], [0.3, 0.4], [float("nan"), float("inf")]])  # fmt: skip
    found = map_of(result)
    assert found["axes"] == [{"name": "a", "values": [1.0, 2.0, 3.0]}, {"name": "b", "values": [10.0, 20.0]}]
    assert found["outcome"] == [[1, 1, 5], [2, 4, 5]]
    assert found["steps"] == [[3, 4, 1], [9, 9, 2]]
    assert found["final_loss"] == [[0.1, 0.3, None], [0.2, 0.4, None]]
    assert found["seed"] is None
    assert found["outcomes"][5] == "non-finite"
    assert found["outcomes"][0] == "not run"
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_the_seeds_are_an_axis_beside_one_number():
    result = result_of(("a", "seed"), {"a": [1.0, 2.0], "seed": [7, 9]}, [[1, 2], [1, 1]], [[3, 9], [4, 5]],
                       [[0.1, 0.2], [0.3, 0.4]])  # fmt: skip
    found = map_of(result)
    assert [axis["name"] for axis in found["axes"]] == ["a", "seed"]
    assert found["steps"] == [[3, 4], [9, 5]]
    assert found["seed"] is None


def test_one_number_alone_is_one_row():
    found = map_of(result_of(("a",), {"a": [1.0, 2.0]}, [1, 2], [3, 9], [0.1, 0.2]))
    assert [axis["name"] for axis in found["axes"]] == ["a"]
    assert found["steps"] == [[3, 9]]


def test_of_several_seeds_at_a_place_the_middle_one_of_the_most_frequent_outcome_stands_for_all():
    # At (a=1, b=10): three converge, in 8, 2 and 5 steps; two do not. At (a=1, b=20): most are slow.
    outcome = [[[1, 2, 1, 2, 1], [2, 2, 1, 2, 1]]]
    steps = [[[8, 9, 2, 9, 5], [9, 9, 1, 9, 1]]]
    losses = [[[0.0, 1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0, 9.0]]]
    found = map_of(result_of(("a", "b", "seed"), {"a": [1.0], "b": [10.0, 20.0], "seed": [0, 1, 2, 3, 4]},
                             outcome, steps, losses))  # fmt: skip
    assert found["outcome"] == [[1], [2]]
    assert found["steps"] == [[5], [9]]
    assert found["seed"] == [[4], [1]]
    assert found["final_loss"] == [[4.0], [6.0]]


def test_three_numbers_make_no_map():
    dims = ("a", "b", "c")
    result = result_of(dims, {dim: [1.0] for dim in dims}, [[[1]]], [[[1]]], [[[0.0]]])
    with pytest.raises(DimensionError, match="a, b, c were swept"):
        map_of(result)


def test_a_place_of_the_map_of_a_sweep_opens_as_a_recording(tmp_path):
    def train(lr, seed=0, scale=1.0):
        torch.manual_seed(seed)
        x, y = torch.ones(2), torch.zeros(1)
        w = (scale * torch.randn(2, 1)).requires_grad_()
        for _step in range(6):
            loss = ((torch.matmul(x, w) - y) ** 2).sum()
            loss.backward()
            with torch.no_grad():
                w -= lr * w.grad
            w.grad = None

    with retrograd.record() as recording:
        train(0.1)
    result = retrograd.sweep(recording, lr=[0.05, 0.1, 0.9], scale=[0.5, 1.0], seeds=3)
    found = map_of(result)
    row, column = 1, 2
    assert found["outcomes"][found["outcome"][row][column]] == "diverged"  # 1 - 4 lr = -2.6
    where = {axis["name"]: axis["values"][at] for axis, at in zip(found["axes"], (column, row), strict=True)}
    where["seed"] = found["seed"][row][column]
    run = retrograd.replay(recording, **run_of(recording, result, **where))
    assert len(run.loss) == found["steps"][row][column]
    assert run.loss[-1] == found["final_loss"][row][column]
