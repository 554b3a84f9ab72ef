"""A recording goes into a file and comes back the same."""

from __future__ import annotations

import math
import os
import sqlite3
import struct
import threading
import time
import zlib
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from handmade import recorded

from retrograd.errors import DamagedFileError, FileError, ForeignFileError, NotKeptError
from retrograd.recording import (
    Buffer,
    Constant,
    Event,
    Line,
    Node,
    Note,
    Operation,
    Program,
    Recording,
    Reference,
    Slot,
    Step,
    value_of,
)
from retrograd.store import FORMAT_VERSION, Memory, Writer, load, save
from retrograd.store._format import APPLICATION_ID, SCHEMA
from retrograd.store._writer import INTERVAL

FACTS = {
    "script": "tränieren\udcff.py",
    "arguments": ["--rate", "0.1"],
    "threads": 2,
    "rates": [0.1, float("nan"), float("-inf"), -0.0, 1e-310, 2.0**70, 2**70],
    "phase": 1 + 2j,
    "nested": {"a": {"b": None, "c": [True, False]}, "$odd": {1: 2}},
}

LINES = [
    Line("train.py", 3, 0, 3, 17, "<module>"),
    Line("/srv/j\u00f6rg/\u8a13\u7df4 \x00\x07\n\ud800.py", 10**9, 4, 10**9, 9, "f.<locals>.\u03bb"),
    Line("<ipython-input-1-abc>", 1, 0, 2, 0, "<module>"),
]

NOTES = [
    Note("unseen", None, None, "a thread"),
    Note("error", 2, 1, "ValueError: \x1b[31mred\x1b[0m \U0001f600 \udc80"),
    Note("proof", 0, 0, ""),
]


def odd_program(number: int = 0, rate: complex = 0.1) -> Program:
    """Return a program that has something unusual in every place."""
    w, view, empty, loss = (Reference(0, 0), Reference(1, 0), Reference(2, 2), Reference(3, 3))
    written, unwritten = Reference(0, 1), Reference(3, -1)
    node = Node(
        *("MulBackward0", 1, 0, ((0, 0), None), (loss, None), (None, written)),
        saved=(("self", w), ("other\n", view)),
    )
    return Program(
        number=number,
        slots=(
            Slot(0, 0, "float32", (2, 3), (3, 1), 0, "cpu", True, "w", True, True, True, None),
            Slot(1, 0, "float32", (3, 2), (1, 3), 0, "cuda:0", False, "wᵀ\x00\ud83d", False, True, False, None),
            Slot(2, 1, "bool", (0, 5), (5, 1), 7, "cpu", True, None, False, False, False, None),
            Slot(3, 2, "complex128", (), (), 1, "cpu", False, "w.grad", True, False, False, 0),
        ),
        buffers=(
            Buffer(0, 0, 0, 24, "float32", True, True),
            Buffer(1, 0, 0, 24, "float32", False, True),
            Buffer(2, 1, 7, 0, "bool", True, False),
            Buffer(3, 2, 16, 16, "complex128", True, True),
        ),
        constants=(
            Constant(0, rate, "learning_rate"),
            Constant(1, 2**80, None),
            Constant(2, complex("nan+infj"), "γ"),
            Constant(3, float("-inf"), None),
        ),
        operations=(
            Operation(
                "aten::add_.Tensor",
                ({"slot": 0}, None, True, "mean", {"list": [{"constant": 1}, {"list": []}, None]}),
                {
                    "alpha": {"constant": 2},
                    "dtype": {"dtype": "float8_e4m3fn"},
                    "generator": {"generator": 1},
                },
                (0, None, (1, 3)),
                (written, Reference(1, 1)),
                0,
            ),
            Operation("aten::rand", (), {}, (), (), 1),
        ),
        events=(
            Event(0, "update", "update", 1, "Tensor.mul_", (w, empty), (written,), (0, 1)),
            Event(1, "backward", "backward", None, node.name, (), (), (1, 2), node, "text \x00 \ud800"),
            Event(2, "error", "other", 2, "", (unwritten,), (), (2, 2), text="ValueError: …"),
        ),
        start=(w, empty),
        end=(written, loss, unwritten),
        losses=(loss, loss),
        gradients=((0, loss),),
        draws=((1, -1), (1, 3)),
        executable=False,
        unstable=(0,),
    )


def odd_steps(program: Program) -> list[Step]:
    """Return steps that have something unusual in every field."""
    row = bytes(range(24)) + bytes(80) + bytes(16)
    usual = Step(0, program, "all", row, {}, ((1, 3), None), (), {}, 0.25, True, 0.5, ())
    states = (bytes(5056), b"", b"\xff" * 16)
    constants = {0: -0.0, 1: 2**90, 2: complex("inf-nanj"), 3: float("nan")}
    return [
        replace(usual, number=-1, program=replace(program, losses=()), loss=None, bindings=()),
        usual,
        replace(usual, number=1, loss=float("nan"), constants=constants, seconds=-0.0),
        replace(usual, number=2, layout="kept", row=row[:64], loss=-0.0, bindings=((2**40, 0), (0, 0))),
        replace(usual, number=3, layout="inputs", row=b"", loss=float("-inf"), generators=states),
        replace(usual, number=4, layout="none", row=b"", wholes={1: bytes(24), 3: b"\1" * 16, 0: bytes(24)}),
        Step(5, None, "none", b"", {}, (), (), {}, 5e-324, True, 1e300, (0.1, float("nan"), float("inf"), -0.0)),
        replace(usual, number=6, finished=False, loss=None, generators=(b"",)),
    ]


def begin(path: Path | None, facts: dict | None = None) -> Writer:
    """Return a writer that knows the lines that the odd program points to."""
    writer = Writer(path, facts or {})
    for line in LINES:
        writer.line(line)
    return writer


def write(writer: Writer, steps: list[Step]) -> None:
    writer.text("train.py", "x = 1\n")
    writer.text(LINES[1].file, 'print("\ud800\x00")\r\n' * 100)
    assert [writer.line(line) for line in (*LINES, *LINES)] == [0, 1, 2, 0, 1, 2]
    for note in NOTES:
        writer.note(note)
    for step in steps:
        writer.step(step)


def parts(recording: Recording) -> list[str]:
    """Return all that a recording holds, as text: there NaN is NaN, and -0.0 is not 0.0."""
    source = recording.source
    steps = [recording.before, *(source.step(number) for number in source.numbers), recording.after]
    return [
        *(repr(sorted({**source.facts, "closed": None}.items())), repr(list(source.lines))),
        *(repr(sorted(source.texts.items())), repr(list(source.notes)), repr(source.numbers)),
        *map(repr, source.programs()),
        *map(repr, steps),
    ]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "train.retro"


# ---------------------------------------------------------------- there and back


def test_every_field_comes_back_as_it_was(path):
    writer = Writer(path, FACTS)
    program = writer.program(odd_program())
    steps = odd_steps(program)
    write(writer, steps)
    writer.close()
    assert writer.failure is None

    recording = load(path)
    assert repr(sorted(recording.facts.items())) == repr(sorted({**FACTS, "closed": True}.items()))
    assert list(recording.lines) == LINES
    assert list(recording.notes) == NOTES
    assert dict(recording.texts) == {"train.py": "x = 1\n", LINES[1].file: 'print("\ud800\x00")\r\n' * 100}
    assert len(recording.steps) == 7
    assert repr(recording.before) == repr(replace(steps[0], program=replace(program, number=1, losses=())))
    assert repr(list(recording.steps)) == repr(steps[1:])
    assert repr(recording.steps[-1]) == repr(steps[7])
    assert recording.steps[3].program is recording.programs[0]


def test_a_step_without_a_backward_call_after_the_last_turn_is_no_turn(path):
    writer = begin(path)
    program = writer.program(odd_program())
    silent = replace(program, losses=())
    steps = odd_steps(program)[1:3]
    for step in (*steps, replace(steps[0], number=2, program=silent)):
        writer.step(step)
    assert len(writer.recording.steps) == 2
    assert writer.recording.after.number == 2
    writer.step(replace(steps[0], number=2))
    assert len(writer.recording.steps) == 3
    assert writer.recording.after is None
    writer.step(replace(steps[0], number=3), turn=False)
    writer.close()
    assert len(load(path).steps) == 3
    assert load(path).after.number == 3


def test_a_recording_in_memory_is_the_same_as_one_in_a_file(path):
    memory, file = Writer(None, FACTS), Writer(path, FACTS)
    for writer in (memory, file):
        write(writer, odd_steps(writer.program(odd_program())))
        writer.close()
    assert parts(memory.recording) == parts(load(path))


def test_saving_what_was_loaded_gives_the_same_recording(path, tmp_path):
    writer = Writer(path, FACTS)
    write(writer, odd_steps(writer.program(odd_program())))
    writer.close()
    save(load(path), tmp_path / "again.retro")
    assert parts(load(tmp_path / "again.retro")) == parts(load(path))
    assert load(tmp_path / "again.retro").facts["closed"] is True


def test_a_recording_can_be_saved_over_itself(path):
    save(recorded(4), path)
    before = load(path)
    save(before, path, overwrite=True)
    assert parts(load(path)) == parts(before)
    assert os.listdir(path.parent) == [path.name]


def test_values_are_read_from_the_file_bit_by_bit(path):
    original = recorded(5)
    save(original, path)
    for step, loaded in zip(original.steps, load(path).steps, strict=True):
        for reference in (*step.program.start, *step.program.end, *step.program.losses):
            expected, value = value_of(step, reference), value_of(loaded, reference)
            assert value.name == expected.name
            np.testing.assert_array_equal(value.array, expected.array, strict=True)


def test_lines_that_were_there_twice_keep_their_numbers(path):
    save(Recording(Memory(lines=[LINES[0], LINES[1], LINES[0]])), path)
    assert list(load(path).lines) == [LINES[0], LINES[1], LINES[0]]


def test_an_empty_recording_can_be_read(path):
    Writer(path, {}).close()
    recording = load(path)
    assert (len(recording.steps), recording.before, recording.after) == (0, None, None)
    assert recording.facts == {"closed": True}


# ---------------------------------------------------------------- writing


def test_equal_programs_become_one():
    writer = Writer(None, {})
    first = writer.program(odd_program())
    assert writer.program(odd_program(number=7)) is first
    assert writer.program(first) is first
    other = writer.program(odd_program(rate=0.2))
    assert (first.number, other.number) == (0, 1)
    # As JSON numbers 1, 1.0 and true differ; as Python's they are equal.
    assert [writer.program(odd_program(rate=rate)).number for rate in (1, 1.0, 1 + 0j, True)] == [2, 3, 4, 5]
    writer.close()


def test_a_step_is_replaced_by_one_of_the_same_number(path):
    writer = begin(path)
    program = writer.program(odd_program())
    steps = odd_steps(program)
    for step in (replace(steps[1], finished=False, loss=None), steps[1], steps[2]):
        writer.step(step)
    writer.flush()
    writer.step(replace(steps[1], loss=7.0))
    writer.close()
    recording = load(path)
    assert [step.loss for step in recording.steps] == [7.0, pytest.approx(float("nan"), nan_ok=True)]


def test_a_step_appears_without_being_flushed_or_closed(path):
    writer = begin(path)
    recording = load(path)
    writer.step(odd_steps(writer.program(odd_program()))[1])
    patience = time.monotonic() + 10
    while not len(recording.steps) and time.monotonic() < patience:
        time.sleep(0.01)
    assert len(recording.steps) == 1
    assert recording.facts["closed"] is False
    writer.close()
    assert recording.facts["closed"] is True


def test_the_writers_own_recording_shows_each_step_at_once(path):
    writer = begin(path)
    step = odd_steps(writer.program(odd_program()))[1]
    for number in range(20):
        writer.step(replace(step, number=number))
        assert len(writer.recording.steps) == number + 1
    writer.close()
    assert writer.recording.steps[19].number == 19


def test_nothing_but_one_file_is_left(path):
    writer = begin(path)
    steps = odd_steps(writer.program(odd_program()))
    for step in steps:
        writer.step(step)
        writer.flush()
        assert os.listdir(path.parent) == [path.name]
    writer.close()
    assert os.listdir(path.parent) == [path.name]


def test_closing_twice_and_writing_afterwards_does_nothing(path):
    threads = threading.active_count()
    writer = Writer(path, {})
    writer.step(Step(0, None, "none", b"", {}, (), (), {}, 0.0, True, 1.0, ()))
    writer.close()
    content = path.read_bytes()
    writer.step(Step(1, None, "none", b"", {}, (), (), {}, 0.0, True, 1.0, ()))
    writer.fact("late", 1)
    writer.close()
    assert path.read_bytes() == content
    assert writer.failure is None
    assert threading.active_count() == threads


def test_numbers_of_numpy_are_written_as_numbers(path):
    writer = Writer(path, {"rate": np.float32(0.5), "count": np.int64(3)})
    writer.step(Step(0, None, "none", b"", {}, (), (), {}, np.float64(1), np.True_, np.float32(2), (np.float32(3),)))
    writer.close()
    assert load(path).facts == {"rate": 0.5, "count": 3, "closed": True}
    assert load(path).steps[0] == Step(0, None, "none", b"", {}, (), (), {}, 1.0, True, 2.0, (3.0,))


def test_what_cannot_be_written_is_noted_and_the_rest_is_kept(path):
    writer = begin(path, {"what": object})
    program = writer.program(odd_program())
    good = odd_steps(program)[1]
    misnumbered = replace(program, constants=(replace(program.constants[0], number=3),))
    writer.step(replace(good, number=0, generators=("no bytes",)))
    writer.step(replace(good, number=1, program=misnumbered))
    writer.step(replace(good, number=2))
    writer.close()
    assert writer.failure is None
    recording = load(path)
    assert [step.program and step.program.number for step in recording.steps] == [None, None, 0]
    assert [step.loss for step in recording.steps] == [0.5, 0.5, 0.5]
    assert len(recording.notes) == 2
    assert "constant 3 stands in place 0" in recording.notes[0].text + recording.notes[1].text


def test_a_file_that_another_program_holds_is_written_when_it_lets_go(path):
    writer = Writer(path, {})
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    for number in range(100):
        writer.step(Step(number, None, "none", b"", {}, (), (), {}, 0.0, True, 1.0, ()))
    time.sleep(0.2)
    other.execute("COMMIT")
    other.close()
    writer.close()
    assert writer.failure is None
    assert len(load(path).steps) == 100


def test_more_than_may_wait_is_committed_by_the_one_who_brings_it(path, monkeypatch):
    monkeypatch.setattr("retrograd.store._writer.INTERVAL", 1000.0)
    monkeypatch.setattr("retrograd.store._writer.MAX_WAITING", 1_000_000)
    writer = Writer(path, {})
    for number in range(50):
        writer.step(Step(number, None, "none", bytes(100_000), {}, (), (), {}, 0.0, True, 1.0, ()))
    assert len(load(path).steps) > 30
    writer.close()
    assert len(load(path).steps) == 50


# ---------------------------------------------------------------- names and folders


def test_a_file_that_exists_is_not_overwritten_unless_told_so(path):
    Writer(path, {"first": 1}).close()
    with pytest.raises(FileError, match=r"train\.retro exists already; .*--force"):
        Writer(path, {})
    with pytest.raises(FileError, match="exists already"):
        save(recorded(1), path)
    assert load(path).facts["first"] == 1
    Writer(path, {"second": 2}, overwrite=True).close()
    assert load(path).facts == {"second": 2, "closed": True}


def test_a_file_that_is_no_recording_is_never_overwritten(tmp_path):
    script = tmp_path / "train.py"
    script.write_text("print(1)\n" * 100)
    for attempt in (
        lambda: Writer(script, {}, overwrite=True),
        lambda: save(recorded(1), script, overwrite=True),
    ):
        with pytest.raises(FileError, match="is no recording, so it is not overwritten"):
            attempt()
    assert script.read_text() == "print(1)\n" * 100


def test_an_empty_file_may_be_overwritten(path):
    path.touch()
    Writer(path, {}, overwrite=True).close()
    assert load(path).facts == {"closed": True}


@pytest.mark.parametrize("name", ["missing/train.retro", "file/train.retro", "x" * 300, "nul\0.retro", "."])
def test_a_place_where_no_file_can_be_is_refused_in_plain_words(tmp_path, name):
    (tmp_path / "file").touch()
    for attempt in (lambda path: Writer(path, {}), lambda path: save(recorded(1), path)):
        with pytest.raises(FileError) as caught:
            attempt(f"{tmp_path}/{name}")
        assert str(tmp_path) in str(caught.value)
    assert os.listdir(tmp_path) == ["file"]


def test_a_place_that_nobody_can_write_to_is_refused():
    with pytest.raises(FileError, match="cannot be written"):
        Writer("/proc/train.retro", {})


def test_a_name_may_hold_anything_that_a_name_can(tmp_path):
    path = tmp_path / "50% done?mode=ro&cache#1 \u8a13\u7df4\udcff\n.retro"
    save(recorded(2), path)
    assert len(load(path).steps) == 2
    assert len(load(os.fsencode(path).decode(errors="surrogateescape")).steps) == 2


def test_a_journal_that_an_older_file_left_is_not_applied_to_the_new_one(path):
    Path(f"{path}-journal").write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" * 100)
    save(recorded(2), path)
    assert len(load(path).steps) == 2


def test_a_loop_may_change_its_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    writer = Writer("train.retro", {})
    os.mkdir("elsewhere")
    os.chdir("elsewhere")
    writer.step(Step(0, None, "none", b"", {}, (), (), {}, 0.0, True, 1.0, ()))
    writer.close()
    assert len(load(tmp_path / "train.retro").steps) == 1


# ---------------------------------------------------------------- failures while the loop runs


def test_a_deleted_file_is_a_failure_but_no_exception(path):
    writer = Writer(path, {})
    step = Step(0, None, "none", b"", {}, (), (), {}, 0.0, True, 1.0, ())
    writer.step(step)
    writer.flush()
    path.unlink()
    for number in range(100):
        writer.step(replace(step, number=number))
    writer.flush()
    assert "was deleted or moved" in str(writer.failure)
    writer.step(step)
    writer.close()
    assert not path.exists()


def test_a_file_that_was_replaced_by_another_recording_is_left_alone(path):
    writer = Writer(path, {"old": 1})
    new = Writer(path, {"new": 1}, overwrite=True)
    writer.step(Step(0, None, "none", b"", {}, (), (), {}, 0.0, True, 1.0, ()))
    writer.close()
    new.close()
    assert isinstance(writer.failure, FileError)
    assert new.failure is None
    assert load(path).facts == {"new": 1, "closed": True}
    assert len(load(path).steps) == 0


# ---------------------------------------------------------------- reading


@pytest.mark.parametrize("number", [-2, 3, 10**30, -(10**30)])
def test_a_step_that_is_not_there_is_not_kept(path, number):
    save(recorded(3), path)
    with pytest.raises(NotKeptError, match=f"there is no step {number}; the recording holds steps 0 to 2"):
        load(path).source.step(number)


def test_a_step_that_was_left_out_is_not_kept(path):
    writer = Writer(path, {})
    for number in (0, 2):
        writer.step(Step(number, None, "none", b"", {}, (), (), {}, 0.0, True, 1.0, ()))
    writer.close()
    recording = load(path)
    assert recording.steps[2].number == 2
    with pytest.raises(NotKeptError, match="there is no step 1"):
        recording.source.step(1)


def test_steps_can_be_asked_for_in_any_order(path):
    save(recorded(30), path)
    recording = load(path)
    order = np.random.default_rng(0).integers(0, 30, 200).tolist()
    assert [recording.steps[number].number for number in order] == order
    assert [step.number for step in recording.steps] == list(range(30))
    assert [step.number for step in recording.steps[5:1:-2]] == [5, 3]


def test_several_threads_may_read_one_recording(path):
    save(recorded(50), path)
    recording = load(path)
    seen: list[list[int]] = []
    threads = [
        threading.Thread(target=lambda: seen.append([step.number for step in recording.steps])) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [list(range(50))] * 4


def test_consecutive_steps_share_a_row(path):
    light = [Step(n, None, "none", b"", {}, (), (), {}, n / 4, True, 1.0 / (n + 1), (float(n), -0.0)) for n in range(9)]
    light[5] = replace(light[5], finished=False)
    light[7] = replace(light[7], loss=None)
    writer = Writer(path, {})
    for step in light:
        writer.step(step)
    writer.close()
    with closing(sqlite3.connect(path)) as file:
        assert [*file.execute("SELECT number, count FROM stretches")] == [(0, 5), (6, 1), (7, 1), (8, 1)]
        assert [*file.execute("SELECT number FROM steps")] == [(5,)]
    recording = load(path)
    assert list(recording.steps) == light
    assert [recording.steps[n] for n in (8, 3, 5, 0)] == [light[n] for n in (8, 3, 5, 0)]
    assert math.copysign(1, recording.steps[3].norms[1]) == -1


def test_steps_can_be_read_in_order_twice(path):
    writer = Writer(path, {})
    for number in range(-1, 6):  # the even ones stand alone
        states = () if number % 2 else (b"alone",)
        writer.step(Step(number, None, "none", b"", {}, (), states, {}, 0.0, True, 1.0, ()), turn=number >= 0)
    writer.close()
    recording = load(path)
    for _ in range(2):
        assert [recording.source.step(number).number for number in range(-1, 6)] == [*range(-1, 6)]


def test_a_step_of_a_stretch_can_be_written_again(path):
    writer = Writer(path, {})
    step = Step(0, None, "none", b"", {}, (), (), {}, 0.0, True, 1.0, ())
    for number in range(4):
        writer.step(replace(step, number=number))
    writer.flush()
    writer.step(replace(step, number=2, loss=7.0))
    writer.step(replace(step, number=4))
    writer.close()
    assert load(path).loss.tolist() == [1.0, 1.0, 7.0, 1.0, 1.0]
    assert [load(path).steps[n].loss for n in (3, 2, 1)] == [1.0, 7.0, 1.0]


def test_opening_does_not_read_the_steps(path):
    writer = Writer(path, {})
    step = Step(0, None, "none", bytes(1000), {}, (), (b"alone",), {}, 0.0, True, 1.0, ())
    for number in range(5000):
        writer.step(replace(step, number=number))
    writer.close()
    file = sqlite3.connect(path)
    file.execute("UPDATE steps SET row = x'00' WHERE number != 17")
    file.commit()
    file.close()
    recording = load(path)
    assert len(recording.steps) == 5000
    assert recording.steps[17] == replace(step, number=17)
    with pytest.raises(DamagedFileError, match="step 16 is not what was written"):
        recording.steps[16]


def test_a_file_is_not_changed_by_reading_it(path):
    save(recorded(3), path)
    content, changed = path.read_bytes(), path.stat().st_mtime_ns
    parts(load(path))
    assert path.read_bytes() == content
    assert path.stat().st_mtime_ns == changed
    assert os.listdir(path.parent) == [path.name]


def test_a_file_that_another_program_is_writing_for_long_is_neither_damaged_nor_repaired(path, monkeypatch):
    monkeypatch.setattr("retrograd.store._input._PATIENCE", 0.05)
    save(recorded(30), path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA cache_size = 1")
        other.execute("BEGIN")
        other.execute("UPDATE stretches SET rows = zeroblob(400000)")
        assert Path(f"{path}-journal").exists()
        with pytest.raises(FileError, match="is held by another program"):
            load(path)
        other.execute("ROLLBACK")
    assert parts(load(path)) == parts(recorded(30))


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path):
    with pytest.raises(FileError, match="there is no file"):
        load(tmp_path / "train.retro")
    with pytest.raises(FileError, match="is no file"):
        load(tmp_path)
    with pytest.raises(FileError, match="cannot be opened"):
        load("nul\0.retro")


def test_a_foreign_file_is_told_from_a_damaged_one(tmp_path):
    (tmp_path / "a").write_text("import torch\n")
    (tmp_path / "b").write_bytes(b"PK\3\4" + bytes(1000))
    other = sqlite3.connect(tmp_path / "c")
    other.execute("CREATE TABLE steps (number)")
    other.close()
    for name in "abc":
        with pytest.raises(ForeignFileError):
            load(tmp_path / name)


# ---------------------------------------------------------------- docs/format.md


def test_the_documented_program_reads_a_file_without_retrograd(path, monkeypatch, capsys):
    save(recorded(3), path)
    monkeypatch.chdir(path.parent)
    page = (Path(__file__).parents[2] / "docs" / "format.md").read_text(encoding="utf-8")
    exec(page.partition("```python\n")[2].partition("```")[0], {})
    printed = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [float(loss) for _, loss in printed] == [step.loss for step in recorded(3).steps]


def test_the_checksums_are_the_documented_ones(path):
    writer = begin(path, FACTS)
    for step in odd_steps(writer.program(odd_program())):
        writer.step(step)
    writer.close()
    with closing(sqlite3.connect(path)) as file:
        for key, value, crc in file.execute("SELECT key, value, crc FROM meta"):
            assert crc == zlib.crc32(f"meta {key} {value}".encode())
        for number, content, crc in file.execute("SELECT number, content, crc FROM programs"):
            assert crc == zlib.crc32(f"programs {number} ".encode() + content)
        for number, *rest, crc in file.execute("SELECT * FROM stretches"):
            head = " ".join("-" if each is None else str(each) for each in ("stretches", number, *rest[:4]))
            blobs = [blob or b"" for blob in rest[4:]]
            packed = b"".join(struct.pack("<Q", len(blob)) + blob for blob in blobs)
            assert crc == zlib.crc32(head.encode() + packed)
        for row in file.execute("SELECT * FROM steps"):
            number, program, layout, *_, seconds, finished, loss, _, crc = row
            place = ["all", "kept", "inputs", "none"].index(layout)
            program, bindings = (-1 if each is None else each for each in (program, row[5]))
            flags = (finished, loss is None, seconds == "nan", loss == "nan")
            contents = [row[column] or b"" for column in (3, 4, 6, 7, 11)]
            contents = [each.encode() if isinstance(each, str) else each for each in contents]
            integers = struct.pack("<13q", number, program, place, bindings, *flags, *map(len, contents))
            floats = struct.pack("<2d", seconds, 0.0 if loss in (None, "nan") else loss)
            assert crc == zlib.crc32(integers + floats + b"".join(contents))


def test_the_page_names_every_table_and_column():
    page = (Path(__file__).parents[2] / "docs" / "format.md").read_text(encoding="utf-8")
    for table, statement in SCHEMA.items():
        assert f"| `{table}` |" in page
        if table == "steps":
            for column in statement.partition("(")[2].split(", "):
                assert f"| `{column.split()[0].rstrip(')')}` |" in page
    assert f"`0x{APPLICATION_ID:x}`" in page
    assert f"**{FORMAT_VERSION}**" in page
    assert f"after {INTERVAL} seconds" in page
