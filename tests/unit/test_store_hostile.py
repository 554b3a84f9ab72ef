"""A file that was damaged, or made to mislead, ends in an error in plain words or in the right data.

Never in a crash, a hang, or numbers that nobody recorded.
"""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from handmade import recorded
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrograd.errors import (
    DamagedFileError,
    ForeignFileError,
    FutureVersionError,
    NotKeptError,
    RetrogradError,
)
from retrograd.recording import Note, Recording, Reference, value_of
from retrograd.store import Writer, load
from retrograd.store._format import checksum

PAGE = 4096
"""Bytes of a page of SQLite."""

SECONDS = 5.0
"""Reading a small file, however damaged, takes less; usually a thousandth."""

FUZZ = settings(
    max_examples=400,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def write_recording(path: Path) -> None:
    """Write a recording that has rows in every table."""
    recording = recorded(12)
    writer = Writer(path, recording.facts)
    for file, text in recording.texts.items():
        writer.text(file, text)
    for line in recording.lines:
        writer.line(line)
    for number in range(3):
        writer.note(Note("unseen", number, 0, f"thread {number}"))
    for step in recording.steps:
        wholes = {0: bytes(6000), 1: bytes(range(60))} if step.number == 3 else {}
        states = (bytes(range(256)) * 20,) if step.number in (1, 2) else ()
        if step.number not in (8, 9, 10):  # these are a stretch; the others stand alone
            states = states or (b"state",)
        writer.step(replace(step, wholes=wholes, generators=states))
    writer.step(replace(recording.steps[0], number=-1), turn=False)
    writer.step(replace(recording.steps[0], number=12), turn=False)
    writer.close()
    assert writer.failure is None


def parts(recording: Recording) -> list[Any]:
    """Return all that a recording holds, read until the first step that is not there."""
    source = recording.source
    found: list[Any] = [dict(source.facts), list(source.lines), dict(source.texts), list(source.notes)]
    found += [source.numbers, *source.programs(), recording.before, recording.after]
    found += [source.step(number) for number in source.numbers]
    return found


with tempfile.TemporaryDirectory() as folder:
    write_recording(Path(folder) / "good.retro")
    GOOD = (Path(folder) / "good.retro").read_bytes()
    RIGHT = parts(load(Path(folder) / "good.retro"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "train.retro"


@contextmanager
def quickly() -> Iterator[None]:
    start = time.monotonic()
    yield
    assert time.monotonic() - start < SECONDS


def check_harmless(path: Path, content: bytes) -> None:
    """Make sure that the content gives the right data or an error of retrograd."""
    path.write_bytes(content)
    with quickly():
        try:
            found = parts(load(path))
        except RetrogradError:
            pass
        else:
            assert found == RIGHT
    assert os.listdir(path.parent) == [path.name]


# ---------------------------------------------------------------- damage


@FUZZ
@given(st.integers(0, len(GOOD) - 1))
def test_a_file_that_was_cut_off_does_no_harm(path, length):
    check_harmless(path, GOOD[:length])


@pytest.mark.parametrize("length", [*range(1, 101, 9), *range(PAGE, len(GOOD), PAGE), len(GOOD) - 1])
def test_a_file_that_was_cut_off_at_a_border_does_no_harm(path, length):
    check_harmless(path, GOOD[:length])


@FUZZ
@given(st.lists(st.integers(0, 8 * len(GOOD) - 1), min_size=1, max_size=30))
def test_flipped_bits_do_no_harm(path, bits):
    content = bytearray(GOOD)
    for bit in bits:
        content[bit // 8] ^= 1 << bit % 8
    check_harmless(path, bytes(content))


@FUZZ
@given(
    st.integers(0, len(GOOD) // PAGE - 1),
    st.lists(st.tuples(st.integers(0, 120), st.integers(0, 255)), min_size=1, max_size=4),
)
def test_damage_where_sqlite_keeps_its_own_numbers_does_no_harm(path, page, changes):
    content = bytearray(GOOD)
    for place, byte in changes:
        content[page * PAGE + place] = byte
    check_harmless(path, bytes(content))


@FUZZ
@given(st.integers(0, len(GOOD) // PAGE - 1), st.integers(0, len(GOOD) // PAGE - 1))
def test_a_page_in_the_place_of_another_does_no_harm(path, source, target):
    content = bytearray(GOOD)
    content[target * PAGE : (target + 1) * PAGE] = GOOD[source * PAGE : (source + 1) * PAGE]
    check_harmless(path, bytes(content))


@FUZZ
@given(st.binary(max_size=3 * PAGE), st.integers(0, 200))
def test_arbitrary_bytes_are_no_recording(path, content, head):
    path.write_bytes(GOOD[:head] + content)
    with pytest.raises(RetrogradError):
        parts(load(path))


# ---------------------------------------------------------------- made to mislead


def change(path: Path, *statements: str, **tables: Callable[[Any], Any]) -> None:
    """Write a good recording, then change it so that its checksums agree.

    Args:
        path: Where to.
        statements: In SQL.
        tables: For a table, what makes the new content of its row 0 from the old.
    """
    path.write_bytes(GOOD)
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        for statement in statements:
            file.execute(statement)
        for table, changed in tables.items():
            content = file.execute(f"SELECT content FROM {table} WHERE number = 0").fetchone()[0]
            packed = isinstance(content, bytes)
            new = changed(json.loads(zlib.decompress(content) if packed else content))
            content = new if isinstance(new, (bytes, str)) else json.dumps(new)
            if packed and isinstance(content, str):
                content = zlib.compress(content.encode())
            crc = checksum(table, 0, content)
            file.execute(f"UPDATE {table} SET content = ?, crc = ? WHERE number = 0", (content, crc))


def set_at(*place: Any) -> Callable[[Any], Any]:
    """Return what puts the last of its arguments at the place that the others lead to."""
    *way, key, value = place

    def changed(found: Any) -> Any:
        node = found
        for step in way:
            node = node[step]
        node[key] = value
        return found

    return changed


PROGRAM_LIES = {
    "an operation's slot": set_at("operations", 0, 1, 0, {"slot": 99}),
    "an operation's slot below zero": set_at("operations", 0, 1, 0, {"slot": -1}),
    "a slot in a list": set_at("operations", 0, 1, 0, {"list": [{"list": [{"slot": 99}]}]}),
    "a constant": set_at("operations", 0, 2, "alpha", {"constant": 2}),
    "an output": set_at("operations", 0, 3, [[99]]),
    "a result": set_at("operations", 0, 4, [[0, 99]]),
    "an operation's event": set_at("operations", 0, 5, 99),
    "an event's line": set_at("events", 0, 2, 10**6),
    "an event's kind": set_at("events", 0, 0, "magic"),
    "an event's operations": set_at("events", 0, 6, [0, 99]),
    "an event's operations, reversed": set_at("events", 0, 6, [2, 1]),
    "an event's input": set_at("events", 0, 4, [[0]]),
    "a node's forward event": set_at("events", 4, 7, ["X", 0, 99, [], [], [], []]),
    "a number that is a truth": set_at("events", 0, 4, [[True, 0]]),
    "the start": set_at("start", 0, [0, -2]),
    "the losses": set_at("losses", None),
    "a gradient": set_at("gradients", 0, 0, 99),
    "a draw": set_at("draws", [[0, -2]]),
    "an unstable operation": set_at("unstable", [-1]),
    "a dtype": set_at("slots", 0, 1, "float7"),
    "a dtype that is none": set_at("slots", 0, 1, ["float32"]),
    "a negative stride": set_at("slots", 0, 3, [-1]),
    "a negative offset": set_at("slots", 0, 4, -1),
    "too few strides": set_at("slots", 0, 3, []),
    "an enormous shape": set_at("slots", 0, 2, [2**40] * 5),
    "too many dimensions": set_at("slots", 0, 2, [1] * 65),
    "a size that is no integer": set_at("slots", 0, 2, [1.5]),
    "an enormous buffer": set_at("buffers", 0, 2, 2**60),
    "a name that is a number": set_at("slots", 0, 7, 5),
    "a slot without its fields": set_at("slots", 0, [0]),
    "no slots": set_at("slots", []),
    "slots that are a text": set_at("slots", "abc"),
    "a list instead of a program": lambda _: [],
    "a number instead of a program": lambda _: 5,
    "JSON that goes deep": lambda _: b"x" and "[" * 100_000,
    "JSON with NaN": lambda _: '{"slots": NaN}',
    "a number without end": lambda _: "[" + "9" * 100_000 + "]",
}


@pytest.mark.parametrize("lie", PROGRAM_LIES)
def test_a_program_that_points_nowhere_is_refused(path, lie):
    change(path, programs=PROGRAM_LIES[lie])
    with quickly(), pytest.raises(DamagedFileError, match="program 0 is not what was written"):
        load(path).steps[0]


@FUZZ
@given(st.data())
def test_a_program_with_any_change_gives_errors_of_retrograd_only(path, data):
    values = st.one_of(
        st.sampled_from([None, True, -1, 0, 1, 2, 99, 2**47, 2**64, 0.5, "", "bool", "x", [], [[]], {}]),
        st.sampled_from([{"slot": 99}, {"list": 5}, {"$float": "x"}, {"$complex": [1]}, {"$dict": [[[], 1]]}]),
    )

    def changed(program: Any) -> Any:
        node, key = program, data.draw(st.sampled_from(sorted(program)))
        while isinstance(node[key], (list, dict)) and node[key] and data.draw(st.integers(0, 4)):
            node = node[key]
            key = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
        node[key] = data.draw(values)
        return program

    change(path, programs=changed)
    with quickly():
        try:
            step = load(path).steps[0]
            references = {Reference(slot.number, buffer) for slot in step.program.slots for buffer in (0, 1, 5)}
            for reference in {*step.program.start, *step.program.end, *references}:
                try:
                    value_of(step, reference)
                except (RetrogradError, IndexError):  # the made-up references may be out of range
                    continue
        except RetrogradError:
            pass


@pytest.mark.parametrize(
    ("table", "content"),
    [
        ("lines", '["a", 1, 2, 3]'),
        ("lines", '["a", 1, 2, 3, "4", "f"]'),
        ("lines", "5"),
        ("notes", '["unseen", "1", null, ""]'),
        ("notes", "{}"),
        ("bindings", "[[0, -1]]"),
        ("bindings", "[5]"),
        ("contents", "{}x"),
        ("contents", '{"steps": -5}'),
        ("contents", '{"steps": 5, "end": 4}'),
        ("contents", '{"colour": 5}'),
    ],
)
def test_a_row_that_is_no_such_thing_is_refused(path, table, content):
    change(path, **{table: lambda _: content})
    with quickly(), pytest.raises(DamagedFileError):
        parts(load(path))


@pytest.mark.parametrize("claim", ["steps", "lines", "texts", "notes", "programs", "facts"])
@pytest.mark.parametrize("count", [10**15, 10**6, 14])
def test_a_table_of_contents_that_promises_too_much_is_refused(path, claim, count):
    claims = {claim: count, "end": count} if claim == "steps" else {claim: count}
    change(path, contents=lambda contents: contents | claims)
    with quickly(), pytest.raises(DamagedFileError):
        parts(load(path))


@pytest.mark.parametrize(
    "loss",
    [
        "DELETE FROM steps WHERE number = 11",
        "DELETE FROM steps WHERE number = 5",
        "DELETE FROM steps WHERE number = -1",
        "DELETE FROM lines WHERE number = 3",
        "DELETE FROM texts",
        "DELETE FROM notes WHERE number = 2",
        "DELETE FROM bindings",
        "DELETE FROM blobs WHERE number = 1",
        "DELETE FROM programs WHERE number = 1",
        "DELETE FROM meta WHERE key = 'script'",
        "DELETE FROM contents",
        "UPDATE steps SET number = 100 WHERE number = 5",
        "UPDATE steps SET loss = loss + 1e-9 WHERE number = 5",
        "UPDATE steps SET loss = NULL WHERE number = 5",
        "UPDATE steps SET finished = 0 WHERE number = 5",
        "UPDATE steps SET layout = 'magic' WHERE number = 5",
        "UPDATE steps SET row = 5 WHERE number = 5",
        "UPDATE steps SET program = 10 WHERE number = 5",
        "UPDATE steps SET wholes = '[[0,77]]' WHERE number = 5",
        "UPDATE meta SET value = '\"other.py\"' WHERE key = 'script'",
        "UPDATE blobs SET content = zeroblob(60)",
        "INSERT INTO meta VALUES ('a', NULL, NULL)",
        "INSERT INTO meta VALUES (X'00', X'00', X'00')",
    ],
)
def test_a_row_that_is_missing_or_changed_is_noticed(path, loss):
    change(path, loss)
    with quickly(), pytest.raises(DamagedFileError):
        parts(load(path))


def test_the_error_names_the_file_and_the_step(path):
    change(path, "UPDATE steps SET row = zeroblob(length(row)) WHERE number = 7")
    recording = load(path)
    assert recording.steps[6] in RIGHT
    with pytest.raises(DamagedFileError, match=rf"{path} is damaged: step 7 is not what was written"):
        recording.steps[7]
    assert recording.steps[8] in RIGHT


@pytest.mark.parametrize(
    "loss",
    [
        "DELETE FROM stretches",
        "UPDATE stretches SET number = number + 100",
        "UPDATE OR REPLACE stretches SET number = 7",
        "UPDATE stretches SET count = 2",
        "UPDATE stretches SET count = 4",
        "UPDATE stretches SET count = 0",
        "UPDATE stretches SET count = -1",
        "UPDATE stretches SET count = NULL",
        "UPDATE stretches SET program = 10",
        "UPDATE stretches SET layout = 'magic'",
        "UPDATE stretches SET bindings = 77",
        "UPDATE stretches SET rows = zeroblob(length(rows))",
        "UPDATE stretches SET rows = 5",
        "UPDATE stretches SET seconds = zeroblob(8)",
        "UPDATE stretches SET losses = zeroblob(16)",
        "UPDATE stretches SET norms = zeroblob(7)",
    ],
)
def test_a_stretch_that_is_missing_or_changed_is_noticed(path, loss):
    change(path, loss)
    recording = load(path)
    with quickly(), pytest.raises(DamagedFileError):
        parts(recording)
    assert recording.steps[7] in RIGHT
    assert recording.steps[11] in RIGHT


@pytest.mark.parametrize("table", ["programs", "texts"])
def test_a_bomb_does_not_fill_the_memory(path, table):
    stream = zlib.compressobj(9)
    bomb = b"".join(stream.compress(b" " * (1 << 20)) for _ in range(1000)) + stream.flush()
    change(path, **{table: lambda _: bomb})
    tracemalloc.start()
    try:
        with quickly(), pytest.raises(DamagedFileError):
            parts(load(path))
        assert tracemalloc.get_traced_memory()[1] < 400 * len(bomb)
    finally:
        tracemalloc.stop()


def test_a_bomb_of_many_lists_does_not_fill_the_memory(path):
    change(path, programs=lambda _: zlib.compress(b"[" + b"[]," * 10_000_000 + b"[]]"))
    tracemalloc.start()
    try:
        with quickly(), pytest.raises(DamagedFileError):
            parts(load(path))
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "addition",
    [
        "CREATE TABLE more (number)",
        "CREATE VIEW more AS SELECT * FROM steps",
        "CREATE INDEX more ON steps (loss)",
        "CREATE TRIGGER more AFTER INSERT ON steps BEGIN DELETE FROM steps; END",
        "ALTER TABLE steps ADD COLUMN more GENERATED ALWAYS AS (loss * 2)",
        "DROP TABLE notes",
        "ALTER TABLE steps RENAME COLUMN loss TO gain",
    ],
)
def test_other_tables_views_and_triggers_are_refused(path, addition):
    change(path, addition)
    with pytest.raises(DamagedFileError, match="its tables are not those of format 1"):
        load(path)


def test_a_view_in_the_place_of_a_table_is_refused(path):
    view = "CREATE VIEW notes AS WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i FROM n) SELECT i FROM n"
    change(path, "DROP TABLE notes", view)
    with quickly(), pytest.raises(DamagedFileError):
        load(path)


# ---------------------------------------------------------------- other files


def test_a_file_of_a_newer_format_says_what_to_do(path):
    change(path, "PRAGMA user_version = 2")
    with pytest.raises(FutureVersionError, match="in format 2; this retrograd reads up to 1; upgrade retrograd"):
        load(path)


@pytest.mark.parametrize("version", [0, -1])
def test_a_format_that_never_was_is_damage(path, version):
    change(path, f"PRAGMA user_version = {version}")
    with pytest.raises(DamagedFileError, match=f"format {version}"):
        load(path)


def test_a_database_of_someone_else_is_foreign_and_left_alone(path):
    file = sqlite3.connect(path)
    file.execute("PRAGMA journal_mode = WAL")
    file.execute("CREATE TABLE steps (number INTEGER PRIMARY KEY)")
    file.commit()
    with pytest.raises(ForeignFileError, match="an SQLite file, but no recording"):
        load(path)
    file.close()
    content = path.read_bytes()
    with pytest.raises(ForeignFileError):
        load(path)
    assert os.listdir(path.parent) == [path.name]
    assert path.read_bytes() == content


def test_a_recording_in_another_journal_mode_says_how_to_undo_it(path):
    change(path, "PRAGMA journal_mode = WAL")
    with pytest.raises(DamagedFileError, match="PRAGMA journal_mode = DELETE"):
        load(path)
    file = sqlite3.connect(path)
    file.execute("PRAGMA journal_mode = DELETE")
    file.close()
    assert parts(load(path)) == RIGHT


def test_an_empty_file_was_stopped_before_it_began(path):
    path.touch()
    with pytest.raises(DamagedFileError, match="is empty"):
        load(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_a_pipe_is_not_waited_for(path):
    os.mkfifo(path)
    with quickly(), pytest.raises(RetrogradError, match="is no file"):
        load(path)


def test_a_gap_is_told_from_damage(path):
    change(path, "DELETE FROM steps WHERE number = 5", contents=lambda contents: contents | {"gapless": False})
    with pytest.raises(NotKeptError):
        load(path).steps[5]


@FUZZ
@given(st.binary(max_size=2000))
def test_a_journal_of_nonsense_beside_a_file_does_no_harm(path, content):
    path.write_bytes(GOOD)
    journal = Path(f"{path}-journal")
    journal.write_bytes(content)
    with quickly():
        assert parts(load(path)) == RIGHT
    journal.unlink(missing_ok=True)
