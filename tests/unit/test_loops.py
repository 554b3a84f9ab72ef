"""Where a turn begins and ends, asked of real loops that note where they stand."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from retrograd.recorder.loops import Chain, backward_call, chain_of, progress, turn_start

SAME_TURN, OVER = 1, -1


class Walk:
    """The places that a loop came by, under names."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.chains: list[Chain] = []

    def __call__(self, name: str) -> None:
        self.names.append(name)
        self.chains.append(chain_of(sys._getframe(1)))

    def __getitem__(self, name: str) -> Chain:
        return self.chains[self.names.index(name)]


def walked(loop: Callable[[Walk], object]) -> Walk:
    at = Walk()
    loop(at)
    return at


def plain(at: Walk) -> None:
    at("data")
    for turn in range(3):
        at(f"forward {turn}")
        at(f"backward {turn}")
        at(f"update {turn}")
    at("after")


def test_a_turn_lasts_until_the_loop_comes_round():
    at = walked(plain)
    call = backward_call(at["backward 0"])
    assert progress(at["update 0"], call) == SAME_TURN
    assert progress(at["forward 1"], call) == OVER


def test_a_turn_ends_where_the_code_leaves_the_loop():
    at = walked(plain)
    assert progress(at["after"], backward_call(at["backward 2"])) == OVER


def test_the_first_turn_begins_with_its_loop():
    at = walked(plain)
    until = at.names.index("backward 0") + 1
    start = turn_start(at.chains[:until], backward_call(at["backward 0"]))
    assert start is not None
    assert at.names[start] == "forward 0"


def test_the_innermost_loop_counts():
    def epochs(at: Walk) -> None:
        for epoch in range(2):
            at(f"shuffle {epoch}")
            for batch in range(2):
                at(f"forward {epoch}{batch}")
                at(f"backward {epoch}{batch}")
                at(f"update {epoch}{batch}")
            at(f"evaluate {epoch}")

    at = walked(epochs)
    first, last = backward_call(at["backward 00"]), backward_call(at["backward 01"])
    assert progress(at["update 00"], first) == SAME_TURN
    assert progress(at["forward 01"], first) == OVER
    assert progress(at["evaluate 0"], last) == OVER
    start = turn_start(at.chains[: at.names.index("backward 00") + 1], first)
    assert start is not None
    assert at.names[start] == "forward 00"


def test_a_loop_after_backward_belongs_to_the_turn():
    def by_hand(at: Walk) -> None:
        for turn in range(2):
            at(f"backward {turn}")
            for parameter in range(2):
                at(f"update {turn}{parameter}")

    at = walked(by_hand)
    call = backward_call(at["backward 0"])
    assert progress(at["update 00"], call) == SAME_TURN
    assert progress(at["update 01"], call) == SAME_TURN
    assert progress(at["backward 1"], call) == OVER


def test_backward_in_a_function_that_the_loop_calls():
    def step(at: Walk, turn: int) -> None:
        at(f"forward {turn}")
        at(f"backward {turn}")
        at(f"update {turn}")

    def loop(at: Walk) -> None:
        for turn in range(2):
            at(f"batch {turn}")
            step(at, turn)
            at(f"print {turn}")

    at = walked(loop)
    call = backward_call(at["backward 0"])
    assert progress(at["update 0"], call) == SAME_TURN
    assert progress(at["print 0"], call) == SAME_TURN
    assert progress(at["batch 1"], call) == OVER
    assert progress(at["forward 1"], call) == OVER
    start = turn_start(at.chains[: at.names.index("backward 0") + 1], call)
    assert start is not None
    assert at.names[start] == "batch 0"


def test_a_function_called_after_backward_belongs_to_the_turn():
    def update(at: Walk, turn: int) -> None:
        at(f"update {turn}")

    def loop(at: Walk) -> None:
        for turn in range(2):
            at(f"backward {turn}")
            update(at, turn)

    at = walked(loop)
    assert progress(at["update 0"], backward_call(at["backward 0"])) == SAME_TURN


def test_a_loop_in_a_function_that_is_called_twice():
    def train(at: Walk, run: int) -> None:
        for turn in range(2):
            at(f"forward {run}{turn}")
            at(f"backward {run}{turn}")

    def twice(at: Walk) -> None:
        train(at, 0)
        at("between")
        train(at, 1)

    at = walked(twice)
    call = backward_call(at["backward 01"])
    assert progress(at["between"], call) == OVER
    assert progress(at["forward 10"], call) == OVER


def test_while_true_with_a_break():
    def loop(at: Walk) -> None:
        turn = 0
        while True:
            at(f"forward {turn}")
            at(f"backward {turn}")
            turn += 1
            if turn == 2:
                break
            at(f"update {turn - 1}")
        at("after")

    at = walked(loop)
    call = backward_call(at["backward 0"])
    assert progress(at["update 0"], call) == SAME_TURN
    assert progress(at["forward 1"], call) == OVER
    assert progress(at["after"], backward_call(at["backward 1"])) == OVER


def test_continue_begins_another_turn():
    def loop(at: Walk) -> None:
        for turn in range(3):
            at(f"forward {turn}")
            if turn == 1:
                continue
            at(f"backward {turn}")
            at(f"update {turn}")

    at = walked(loop)
    call = backward_call(at["backward 0"])
    assert progress(at["forward 1"], call) == OVER
    assert progress(at["forward 2"], call) == OVER


@pytest.mark.parametrize("kind", ["list", "map"])
def test_a_comprehension_and_map_come_round_in_one_instruction(kind):
    def step(at: Walk, turn: int) -> None:
        at(f"forward {turn}")
        at(f"backward {turn}")
        at(f"update {turn}")

    def loop(at: Walk) -> None:
        if kind == "list":
            [step(at, turn) for turn in range(2)]
        else:
            list(map(lambda turn: step(at, turn), range(2)))
        at("after")

    at = walked(loop)
    call = backward_call(at["backward 0"])
    assert progress(at["update 0"], call) == SAME_TURN
    assert progress(at["forward 1"], call) == OVER


def test_generators_keep_their_place():
    def batches(at: Walk):
        for turn in range(2):
            at(f"batch {turn}")
            yield turn

    def loop(at: Walk) -> None:
        for turn in batches(at):
            at(f"backward {turn}")
            at(f"update {turn}")

    at = walked(loop)
    call = backward_call(at["backward 0"])
    assert progress(at["update 0"], call) == SAME_TURN
    assert progress(at["batch 1"], call) == OVER


def test_without_a_loop_everything_after_backward_is_one_turn():
    def straight(at: Walk) -> None:
        at("forward")
        at("backward")
        at("update")
        at("print")

    at = walked(straight)
    call = backward_call(at["backward"])
    assert call.depth == -1
    assert turn_start(at.chains, call) is None
    assert progress(at["update"], call) == SAME_TURN
    assert progress(at["print"], call) == SAME_TURN


def test_a_loop_before_backward_is_another_loop():
    def straight(at: Walk) -> None:
        for word in range(2):
            at(f"prepare {word}")
        at("backward")
        at("update")

    at = walked(straight)
    assert backward_call(at["backward"]).depth == -1


def test_backward_in_two_branches():
    def loop(at: Walk) -> None:
        for turn in range(2):
            if turn == 0:
                at("backward 0")
            else:
                at("backward 1")

    at = walked(loop)
    assert progress(at["backward 1"], backward_call(at["backward 0"])) == OVER


def test_what_pytorch_does_in_the_call_that_called_backward_is_no_new_turn():
    at = walked(plain)
    under_way = backward_call(at["backward 0"], passed=False)
    assert progress(at["backward 0"], under_way) == 0
    assert progress(at["update 0"], under_way) == SAME_TURN
    assert progress(at["forward 1"], under_way) == OVER


def test_each_call_of_a_function_that_calls_itself_is_a_turn():
    def recurse(at: Walk, left: int) -> None:
        if left:
            at(f"forward {left}")
            at(f"backward {left}")
            at(f"update {left}")
            recurse(at, left - 1)
            at(f"back in {left}")

    at = walked(lambda at: [recurse(at, 3) for _ in range(1)])
    call = backward_call(at["backward 2"])
    assert progress(at["update 2"], call) == SAME_TURN
    assert progress(at["forward 1"], call) == OVER
    assert progress(at["back in 3"], call) == OVER


def test_what_handles_an_exception_belongs_to_the_turn():
    def loop(at: Walk) -> None:
        for turn in range(3):
            at(f"forward {turn}")
            at(f"backward {turn}")
            try:
                at(f"update {turn}")
                raise ValueError
            except ValueError:
                at(f"handled {turn}")
            at(f"behind {turn}")

    at = walked(loop)
    call = backward_call(at["backward 0"])
    assert progress(at["handled 0"], call) == SAME_TURN
    assert progress(at["behind 0"], call) == SAME_TURN
    assert progress(at["forward 1"], call) == OVER


def test_backward_may_stand_where_an_exception_is_handled():
    def loop(at: Walk) -> None:
        for turn in range(3):
            try:
                at(f"forward {turn}")
                raise ValueError
            except ValueError:
                at(f"backward {turn}")
                continue

    at = walked(loop)
    call = backward_call(at["backward 0"])
    assert call.depth >= 0
    assert progress(at["forward 1"], call) == OVER


def test_what_handles_the_end_of_a_loop_does_not_belong_to_it():
    def loop(at: Walk) -> None:
        try:
            for turn in range(3):
                at(f"backward {turn}")
                if turn == 2:
                    raise ValueError
        except ValueError:
            at("interrupted")

    at = walked(loop)
    assert progress(at["interrupted"], backward_call(at["backward 2"])) == OVER
