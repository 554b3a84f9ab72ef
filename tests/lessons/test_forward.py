"""Chapter 1: what each output is made of."""

import numpy as np
import pytest
import torch

from retrograd.lessons.finding import number_called
from retrograd.lessons.topics import questions_of


def start(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return w and b as the chapter draws them, in float64."""
    torch.manual_seed(seed)
    return torch.randn(5, 3).double().numpy(), torch.randn(3).double().numpy()


@pytest.fixture(scope="module", params=[0, 7])
def executed(run_chapter, request):
    w, b = start(request.param)
    first = round(float(w[:, 0].sum() + b[0]), 2)  # by hand, to two digits
    answers = {} if request.param else {"first_z": first, "depends": "c", "column": "c"}
    return run_chapter("01_forward", seed=request.param, answers=answers), w, b


def test_the_answers_found_by_hand_are_graded_as_right(executed):
    chapter, w, b = executed
    recording = chapter.recordings["recording"]
    assert [bool(graded) for graded in chapter.graded.values()] in ([True] * 3, [False] * 3)
    asked = questions_of("01_forward")
    assert asked["first_z"](recording, round(float(w[:, 0].sum() + b[0]), 2))
    assert "has + b" in asked["first_z"](recording, w[:, 0].sum()).message
    assert "adds up columns" in asked["first_z"](recording, w[0].sum() + b[0]).message


def test_z_is_columns_of_w_added_up_plus_b(executed):
    chapter, w, b = executed
    z = number_called(chapter.recordings["recording"], "z")
    np.testing.assert_allclose(z, w.sum(axis=0) + b, rtol=0, atol=8 * np.finfo(np.float32).eps * np.abs(w).sum())


def test_a_weight_of_the_second_column_moves_the_second_output_only(executed):
    before, after = (
        np.fromstring(line.split("[")[1].rstrip("]\n"), sep=",")
        for text in executed[0].texts
        for line in text.splitlines()
        if line.startswith(("z before", "z after"))
    )
    np.testing.assert_allclose(after - before, [0, 1, 0], rtol=0, atol=1e-5)


def test_a_bias_in_a_column_makes_nine_numbers_without_a_word(executed):
    broken = executed[0].recordings["broken"]
    assert number_called(broken, "z").shape == (3, 3)
    assert not broken.notes


def test_only_the_multiplication_the_wrong_way_round_raises(executed):
    assert [(name, "size mismatch" in text) for _, name, text in executed[0].errors] == [("RuntimeError", True)]
