"""Pictures of sweeps, what theory says beside them, and finer sweeps of a region."""

import base64
import re
import zlib

import numpy as np
import pytest
from test_viewer_data import opened

import retrograd
from retrograd.cli import main
from retrograd.curvature import curvature_of
from retrograd.errors import DimensionError
from retrograd.sweeps.grid import zoomed
from retrograd.sweeps.outcomes import OUTCOMES

torch = pytest.importorskip("torch")

TWIN = """
import torch

torch.manual_seed(0)
scale = {scale}
x = torch.ones(5)
y = torch.full((3,), {target})
w = (scale * torch.randn(5, 3)).requires_grad_()
b = (scale * torch.randn(3)).requires_grad_()
learning_rate = 1.0
for step in range(20):
    z = torch.matmul(x, w) + b
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    with torch.no_grad():
        w -= learning_rate * w.grad
        b -= learning_rate * b.grad
    w.grad.zero_()
    b.grad.zero_()
"""


def recorded(tmp_path, scale=0.1, target=0.5):
    text = TWIN.format(scale=scale, target=target)
    (tmp_path / "twin.py").write_text(text)
    with retrograd.record(tmp_path / "twin.retro", overwrite=True) as recording:
        exec(compile(text, str(tmp_path / "twin.py"), "exec"), {"__name__": "__main__"})
    return recording


@pytest.mark.parametrize(("scale", "target"), [(0.1, 0.5), (1.0, 0.0), (0.5, 0.3)])
def test_the_sharpness_is_that_of_the_closed_form(tmp_path, scale, target):
    recording = recorded(tmp_path, scale, target)
    result = retrograd.sweep(recording, learning_rate=[1.0], engine="batch")
    torch.manual_seed(0)
    w, b = scale * torch.randn(5, 3), scale * torch.randn(3)
    s = torch.sigmoid((torch.ones(5) @ w + b).double())
    # H has the eigenvalues (|x|² + 1) s (1 - s) / 3, one for each output.
    closed = float((6 * s * (1 - s) / 3).max())
    # Central differences are right to eps^(2/3), the start to float32.
    assert result.attrs["sharpness_at_start"] == pytest.approx(closed, rel=1e-6)


@pytest.mark.slow
def test_the_twin_swings_from_2_over_its_sharpness_on(tmp_path):
    recording = recorded(tmp_path)
    rates = np.array([3.9998, 3.9999, 4.0001, 4.0002])
    result = retrograd.sweep(recording, learning_rate=rates, max_steps=20_000, dtype="float64", engine="batch")
    words = [OUTCOMES[n] for n in result["outcome"].values]
    # Below 4 a swing shrinks by rate/2 - 1 in each step: by e^-1 and e^-2 in 20 000 steps at these rates.
    assert words == ["slow", "slow", "oscillating", "oscillating"]
    # The swing is still wide enough for the loss to be flatter than a parabola there, by 1e-5.
    assert result["shrinking"].values[:2] == pytest.approx(rates[:2] / 2 - 1, abs=2e-5)
    # At the minimum all outputs are 1/2, and the sharpness is 6 / 12.
    still = retrograd.sweep(recorded(tmp_path, scale=0.0), learning_rate=[1.0], engine="batch")
    assert still.attrs["limit_at_start"] == pytest.approx(4, abs=1e-6)


def test_decay_is_no_plain_descent_and_has_no_such_limit(tmp_path):
    text = TWIN.format(scale=0.1, target=0.5).replace(
        "w -= learning_rate * w.grad", "w -= learning_rate * w.grad + 0.1 * w"
    )
    (tmp_path / "decay.py").write_text(text)
    with retrograd.record() as recording:
        exec(compile(text, str(tmp_path / "decay.py"), "exec"), {"__name__": "__main__"})
    result = retrograd.sweep(recording, learning_rate=[1.0], engine="batch")
    assert "limit_at_start" not in result.attrs


def test_the_initial_scale_is_a_number_like_others(tmp_path):
    result = retrograd.sweep(recorded(tmp_path), learning_rate=[1.0], numbers={"scale": [0.0, 0.3]}, engine="batch")
    torch.manual_seed(0)
    z = torch.ones(5) @ (0.3 * torch.randn(5, 3)) + 0.3 * torch.randn(3)
    first = torch.nn.functional.binary_cross_entropy_with_logits(z, torch.full((3,), 0.5))
    assert result["first_loss"].values[0] == pytest.approx([np.log(2), first.item()], rel=1e-6)


def test_a_finer_sweep_keeps_the_centre_and_the_count():
    found = zoomed({"learning_rate": "0.01:100:30", "scale": "0.1:10:20"}, "4,scale=1", 4)
    first, last, count = found["learning_rate"].split(":")
    assert (float(first) * float(last)) ** 0.5 == pytest.approx(4)
    assert float(last) / float(first) == pytest.approx(10)  # four orders of magnitude, four times narrower
    assert count == "30"
    assert found["scale"].endswith(":20")


@pytest.mark.parametrize("around", ["momentum=1", "x", "-1", "nan", "scale=1"])
def test_a_region_that_makes_no_sense_is_refused(around):
    with pytest.raises(DimensionError):
        zoomed({"learning_rate": "0.01:100:30", "scale": "1,2"}, around, 10)


# ---------------------------------------------------------------- pictures


@pytest.fixture
def plots():
    pytest.importorskip("matplotlib", reason="pictures need retrograd[plots]")
    from retrograd import plots

    return plots


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_command_saves_a_picture(tmp_path, plots, kind):
    recorded(tmp_path)
    path = tmp_path / f"rates.{kind}"
    asked = ["--learning-rate", "0.5:8:9", "--seeds", "3", "--plot", str(path)]
    assert main(["sweep", str(tmp_path / "twin.retro"), *asked]) == 0
    assert path.read_bytes().startswith({"png": b"\x89PNG", "svg": b"<?xml"}[kind])


def test_the_command_saves_a_page_with_the_map(tmp_path, capsys):
    recorded(tmp_path)
    page = tmp_path / "map.html"
    asked = ["sweep", str(tmp_path / "twin.retro"), "--learning-rate", "0.1,1,10", "--page", str(page)]
    assert main(asked) == 0
    assert str(page) in capsys.readouterr().err
    packed = re.search('id="recording">([^<]+)', page.read_text(encoding="utf-8"))
    assert packed is not None
    head, _ = opened(zlib.decompress(base64.b64decode(packed[1])))
    assert head["sweep"]["axes"] == [{"name": "learning_rate", "values": [0.1, 1.0, 10.0]}]
    asked[-1] = str(tmp_path / "no folder" / "map.html")
    assert main(asked) == 2


def test_a_map_shows_two_numbers_and_says_what_its_colours_are(tmp_path, plots):
    asked = {"learning_rate": [1.0, 3.0, 6.0], "numbers": {"scale": [0.1, 1.0]}, "max_steps": 60}
    figure = plots.sweep_figure(retrograd.sweep(recorded(tmp_path), **asked))
    axes = figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("learning rate", "scale")
    assert "oscillating" in {text.get_text() for text in axes.get_legend().get_texts()}


def test_the_picture_of_a_small_sweep_has_the_limit(tmp_path, plots):
    result = retrograd.sweep(recorded(tmp_path), learning_rate="1:10:9")
    assert result.attrs["engine"] == "loop"
    axes = plots.sweep_figure(result).axes[0]
    # There is no threshold, so the steps would say nothing: the last loss is drawn. Near z = 0 the limit is 2/(6/12).
    assert axes.get_ylabel() == "loss in the last of 20 steps"
    assert "2/λmax at the start: 4" in [text.get_text() for text in axes.get_legend().get_texts()]


@pytest.mark.parametrize(
    "rule",
    [
        "velocity.mul_(0.9).add_(w.grad); w -= learning_rate * velocity; w.grad = None",
        "w -= learning_rate * w.grad  # and nobody clears it",
    ],
)
def test_what_goes_on_from_turn_to_turn_is_no_plain_descent(tmp_path, rule):
    text = f"""
import torch
w = torch.ones(2, requires_grad=True)
velocity = torch.zeros(2)
learning_rate = 0.1
for step in range(8):
    loss = (w * w).sum()
    loss.backward()
    with torch.no_grad():
        {rule}
"""
    (tmp_path / "rule.py").write_text(text)
    with retrograd.record() as recording:
        exec(compile(text, str(tmp_path / "rule.py"), "exec"), {"__name__": "__main__"})
    assert "limit_at_start" not in retrograd.sweep(recording, learning_rate=[0.1]).attrs


def test_a_figure_shows_itself_and_marks_what_has_no_height(tmp_path, plots):
    text = TWIN.replace("binary_cross_entropy_with_logits", "mse_loss").format(scale=1.0, target=0.5)
    (tmp_path / "square.py").write_text(text)
    with retrograd.record() as recording:
        exec(compile(text, str(tmp_path / "square.py"), "exec"), {"__name__": "__main__"})
    result = retrograd.sweep(recording, learning_rate=[0.01, 1e6], max_steps=20)
    assert [OUTCOMES[n] for n in result["outcome"].values] == ["slow", "non-finite"]
    figure = plots.sweep_figure(result)
    crosses = [line for line in figure.axes[0].get_lines() if line.get_marker() == "x"]
    assert [line.get_xdata().tolist() for line in crosses] == [[1e6]]
    assert figure._repr_png_().startswith(b"\x89PNG")


def test_the_range_test_shows_where_the_loss_is_least(tmp_path, plots):
    rates = np.geomspace(0.01, 100, 20)
    test = retrograd.replay(recorded(tmp_path), learning_rate=list(rates), steps=20)
    least = plots.range_figure(test.loss, rates).axes[0].get_lines()[1]
    assert least.get_xdata()[0] == rates[int(np.argmin(test.loss))]
    with pytest.raises(plots.PlotError, match="20 losses but 3 rates"):
        plots.range_figure(test.loss, rates[:3])


def test_the_curvature_along_a_run_stands_beside_the_limit(tmp_path, plots):
    recording = recorded(tmp_path)
    lines = plots.stability_figure(recording.loss, curvature_of(recording, [0, 10])).axes[1].get_lines()
    assert lines[0].get_xdata() == pytest.approx([0, 10])
    assert lines[0].get_ydata() == pytest.approx([0.5, 0.5], rel=0.05)  # 6 s (1 - s) / 3 near s = 1/2
    assert lines[1].get_ydata() == pytest.approx([2, 2])  # 2 / the learning rate of 1


def test_many_curves_get_a_ramp_of_colours(tmp_path, plots):
    result = retrograd.sweep(recorded(tmp_path), learning_rate="1:8:20", history=True)
    figure = plots.sweep_figure(result)
    assert [axes.get_ylabel() for axes in figure.axes][-1] == "learning rate"
    assert len(figure.axes[1].get_lines()) == 20


def test_curves_are_drawn_where_losses_were_kept(tmp_path, plots):
    figure = plots.sweep_figure(retrograd.sweep(recorded(tmp_path), learning_rate=[1.0, 5.0], history=True))
    assert len(figure.axes) == 2
    assert len(figure.axes[1].get_lines()) == 2


def test_a_picture_of_three_numbers_or_of_no_kind_is_refused(tmp_path, plots):
    result = retrograd.sweep(recorded(tmp_path), learning_rate=[1.0, 2.0], max_steps=3)
    with pytest.raises(plots.PlotError, match="png"):
        plots.save(plots.sweep_figure(result), tmp_path / "rates.jpeg2")
    with pytest.raises(plots.PlotError, match="two numbers"):
        plots.sweep_figure(result.expand_dims({"a": [1.0], "b": [2.0]}))


def test_axes_at_equal_ratios_have_numbers_as_people_write_them(tmp_path, plots):
    recording = recorded(tmp_path)
    figure = plots.sweep_figure(retrograd.sweep(recording, learning_rate="0.5:10:8"))
    figure.canvas.draw()
    low, high = figure.axes[0].get_xlim()
    axis = figure.axes[0].xaxis
    ticks = zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True)
    shown = [text.get_text() for value, text in ticks if low < value < high]
    assert shown == ["0.5", "1", "2", "5", "10"]
    assert not any(text.get_text() for text in axis.get_ticklabels(minor=True))


def test_an_axis_round_one_value_has_numbers_too(tmp_path, plots):
    figure = plots.sweep_figure(retrograd.sweep(recorded(tmp_path), learning_rate="3.9:4.1:8"))
    figure.canvas.draw()
    low, high = figure.axes[0].get_xlim()
    assert sum(low < tick < high for tick in figure.axes[0].xaxis.get_ticklocs()) >= 3


def test_a_map_shows_the_limit_of_its_rate(tmp_path, plots):
    recording = recorded(tmp_path)
    result = retrograd.sweep(recording, learning_rate="1:16:5", scale=[0.1, 0.2])
    figure = plots.sweep_figure(result)
    (line,) = figure.axes[0].lines
    assert line.get_xdata()[0] == pytest.approx(result.attrs["limit_at_start"])
    assert any("2/λmax" in text.get_text() for text in figure.axes[0].get_legend().get_texts())


def test_one_run_has_its_own_number_on_each_axis(tmp_path, plots):
    result = retrograd.sweep(recorded(tmp_path), learning_rate=[0.3], until=0.01, max_steps=3)
    figure = plots.sweep_figure(result)
    figure.canvas.draw()
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0.3"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["3"]


def test_runs_that_are_all_lost_have_no_heights(tmp_path, plots):
    result = retrograd.sweep(recorded(tmp_path), learning_rate=[1.0, 2.0], max_steps=3)
    result["final_loss"][:] = np.nan
    figure = plots.sweep_figure(result)
    figure.canvas.draw()
    assert figure.axes[0].get_yticklabels() == []
