"""Chapter 8: what accumulates, and that a loop which does not clear can look better than one that does."""

import statistics

import numpy as np
import pytest
import torch

from retrograd import diagnose
from retrograd.lessons.claims import cleared_each_step, loss_falls
from retrograd.lessons.topics import questions_of

RIGHT = {"second_backward": "b", "without_clearing": "c", "twin_without_clearing": "b"}
LN2 = np.log(2)


@pytest.fixture(scope="module", params=[(0, RIGHT), (7, {})], ids=["answered", "unanswered"])
def executed(run_chapter, request):
    seed, answers = request.param
    return run_chapter("08_clearing", seed=seed, answers=answers)


def train(seed, target, learning_rate, clear, steps=1000, until=0.01):
    """The lesson's loop for its three z alone, in float64: z changes by 6 learning rates times the gradient of b."""
    torch.manual_seed(seed)
    z = (torch.randn(5, 3).sum(0) + torch.randn(3)).double().numpy()
    stored, losses = np.zeros(3), []
    while len(losses) < steps and (not losses or losses[-1] > until):
        losses.append(float(np.mean(np.logaddexp(0, z) - target * z)))
        stored = (0 if clear else stored) + (1 / (1 + np.exp(-z)) - target) / 3
        z = z - 6 * learning_rate * stored
    return losses


def test_the_answers_found_by_hand_are_graded_as_right(run_chapter):
    graded = run_chapter("08_clearing", seed=0, answers=RIGHT).graded
    assert graded.keys() == RIGHT.keys()
    assert all(graded.values()), graded
    assert not any(run_chapter("08_clearing", seed=7).graded.values())


def test_every_other_letter_is_wrong_for_every_seed(executed):
    names = {"second_backward": "recording", "without_clearing": "never", "twin_without_clearing": "twin"}
    for name, question in questions_of("08_clearing").items():
        assert [a for a in "abc" if question(executed.recordings[names[name]], a)] == [RIGHT[name]]


def test_two_losses_add_up(executed):
    recording = executed.recordings["recording"]
    z = recording.array("w")[0].astype("f8").sum(0) + recording.array("b")[0]
    sigma = 1 / (1 + np.exp(-z))
    assert recording.array("b.grad")[-1] == pytest.approx((sigma - 0) / 3 + (sigma - 0.5) / 3, abs=1e-6)


def test_two_halves_give_the_gradient_of_the_whole(executed):
    (line,) = (line for line in "".join(executed.texts).splitlines() if line.startswith("largest difference:"))
    assert float(line.split()[-1]) < 1e-6  # of sums of six terms below 1
    assert "grad-not-cleared" not in {finding.name for finding in diagnose(executed.recordings["halves"])}


def test_without_clearing_it_takes_a_tenth_of_the_steps_or_less(executed):
    cleared, never = (executed.recordings[name] for name in ("cleared", "never"))
    assert len(never.steps) * 10 < len(cleared.steps)
    assert loss_falls(cleared, every_step=True)
    assert loss_falls(never, every_step=True)
    assert cleared_each_step(cleared)
    told = cleared_each_step(never)
    assert not told
    assert "In step 1, line 12 (`loss.backward()`) added to the w.grad that step 0 had left" in told.message
    assert [finding.name for finding in diagnose(never)] == ["grad-not-cleared"]
    assert not diagnose(cleared)


def test_over_twenty_seeds_it_looks_34_times_faster():
    counts = [[len(train(seed, 0.0, 0.1, clear)) for seed in range(20)] for clear in (True, False)]
    cleared, never = (statistics.median(count) for count in counts)
    assert (cleared, never) == (492.5, 14.5)  # the same as with PyTorch, in float32
    assert round(cleared / never) == 34


@pytest.mark.parametrize("learning_rate", [0.1, 1.0, 2.0])
def test_the_twin_never_comes_to_rest_without_clearing_and_always_does_with_it(learning_rate):
    for seed in range(20):
        cleared = train(seed, 0.5, learning_rate, clear=True, steps=300, until=0)
        assert max(cleared[-20:]) < LN2 + 1e-3
        never = train(seed, 0.5, learning_rate, clear=False, steps=300, until=0)
        assert max(never[-20:]) > LN2 + 0.01
        assert (np.diff(never) > 0).any()


def test_the_recorded_twin_swings(executed):
    twin = executed.recordings["twin"]
    assert (np.diff(twin.loss) > 0).any()
    assert (np.diff(twin.loss) < 0).any()
    assert twin.loss[-20:].max() > LN2 + 0.01
    z = twin.array("w").astype("f8").sum(1) + twin.array("b")
    assert (np.diff(np.sign(z), axis=0) != 0).any()  # past the best place, to the other side
    assert [finding.name for finding in diagnose(twin)][:1] == ["grad-not-cleared"]


def test_it_is_momentum_of_one(executed):
    assert "the same losses: True" in "".join(executed.texts)
    recording = executed.recordings["twin"]
    w = torch.tensor(recording.array("w")[0], requires_grad=True)
    b = torch.tensor(recording.array("b")[0], requires_grad=True)
    optimizer, losses = torch.optim.SGD([w, b], lr=1.0, momentum=1.0), []
    for _ in range(60):
        optimizer.zero_grad()
        z = torch.matmul(torch.ones(5), w) + b
        loss = torch.nn.functional.binary_cross_entropy_with_logits(z, torch.full((3,), 0.5))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses == pytest.approx(recording.loss.tolist(), abs=1e-4)
