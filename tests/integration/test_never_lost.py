"""Whatever ends a process, its file opens and holds the steps that had finished a little before."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import pytest

from retrograd.errors import DamagedFileError, FileError
from retrograd.recording import Step
from retrograd.store import Writer, load

DELAY = 0.2
"""Seconds before a kill in which a finished step may be lost."""

STARVED = 1.0
"""The same, on a machine that has other things to do than to run the thread that commits."""

BEGINNING = """
import os, random, sys, time
from retrograd.recording import Step
from retrograd.store import Writer

def step(number, size=100):
    row = number.to_bytes(8, "little") * size
    return Step(number, None, "none", row, {}, (), (), {}, 0.5 * number, True, float(number), ())

writer = Writer(sys.argv[1], {"loop": "test"})

def finish(number, size=100):
    writer.step(step(number, size))
    os.write(1, b"%d %f\\n" % (number, time.monotonic()))
"""
"""What each loop begins with. It tells when which step had finished."""

LOOPS = {
    "quick": """
for number in range(10**9):
    finish(number)
    sum(range(20_000))
""",
    "large": """
for number in range(10**9):
    finish(number, 10**5)
    time.sleep(0.01)
""",
    "in bursts": """
for number in range(10**9):
    finish(number)
    if number % 500 == 499:
        time.sleep(random.random() / 5)
""",
    "slow": """
for number in range(10**9):
    finish(number)
    time.sleep(random.random() / 50)
""",
}


def script(code: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", BEGINNING + code, *map(str, arguments)]


def run(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(script(code, *arguments), capture_output=True, text=True, timeout=60, check=False)


def check_steps(path: Path, least: int) -> int:
    """Make sure that the file holds whole steps from 0 on, at least so many; return how many."""
    recording = load(path)
    steps = list(recording.steps)
    assert len(steps) >= least
    for number, step in enumerate(steps):
        assert step.number == step.loss == number
        assert step.row == number.to_bytes(8, "little") * (len(step.row) // 8)
    return len(steps)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "train.retro"


# ---------------------------------------------------------------- kill -9


@pytest.mark.slow
@pytest.mark.parametrize("loop", LOOPS)
def test_a_killed_loop_leaves_all_steps_but_the_last_fifth_of_a_second(path, loop):
    moments = random.Random(loop)
    lost = []
    for turn in range(5):
        path = path.with_name(f"{turn}.retro")
        process = subprocess.Popen(script(LOOPS[loop], path), stdout=subprocess.PIPE)
        assert process.stdout is not None
        told = process.stdout.readline()
        until = time.monotonic() + moments.uniform(0.0, 1.0)
        os.set_blocking(process.stdout.fileno(), False)
        while time.monotonic() < until:
            told += process.stdout.read() or b""
            time.sleep(0.002)
        killed = time.monotonic()
        process.kill()
        process.wait()
        os.set_blocking(process.stdout.fileno(), True)
        told += process.stdout.read()
        process.stdout.close()
        finished = [float(line.split()[1]) for line in told.splitlines(keepends=True) if line.endswith(b"\n")]
        held = check_steps(path, 0)
        assert held <= len(finished) + 1
        lost.append(killed - finished[held] if held < len(finished) else 0.0)
        assert load(path).facts == {"loop": "test", "closed": False}
    assert median(lost) < DELAY
    assert max(lost) < STARVED


def test_a_loop_that_hangs_has_written_its_steps(path):
    process = subprocess.Popen(script("for n in range(10): finish(n)\ntime.sleep(60)", path), stdout=subprocess.PIPE)
    assert process.stdout is not None
    for _ in range(10):
        process.stdout.readline()
    time.sleep(DELAY)
    process.kill()
    process.communicate()
    assert check_steps(path, 10) == 10
    assert os.listdir(path.parent) == [path.name]


DIE_IN_A_COMMIT = """
import sqlite3, signal
for number in range(300): finish(number)
writer.close()
file = sqlite3.connect(sys.argv[1], isolation_level=None)
file.execute("PRAGMA synchronous = OFF")
file.execute("PRAGMA cache_size = 1")
file.execute("BEGIN")
file.execute("UPDATE steps SET row = zeroblob(800)")
file.execute("DELETE FROM meta")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_commit_that_was_cut_off_is_undone(path):
    assert run(DIE_IN_A_COMMIT, path).returncode == -signal.SIGKILL
    assert sorted(os.listdir(path.parent)) == [path.name, f"{path.name}-journal"]
    assert check_steps(path, 300) == 300
    assert os.listdir(path.parent) == [path.name]


# What the reader imports late is imported here first: nobody may be kept from the interpreter's own folder.
READ_AS_NOBODY = """
import os, shutil, sys, tempfile, urllib.parse
from retrograd.store import load
if os.geteuid() == 0:
    os.seteuid(65534)
assert not os.access(sys.argv[1], os.W_OK, effective_ids=True)
steps = list(load(sys.argv[1]).steps)
print(len(steps), all(step.number.to_bytes(8, "little") * 100 == step.row for step in steps))
"""


def test_a_commit_that_was_cut_off_is_undone_where_nothing_may_be_written():
    # Not in tmp_path, which pytest closes to other users.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "train.retro"
        assert run(DIE_IN_A_COMMIT, path).returncode == -signal.SIGKILL
        before = path.read_bytes()
        for file in folder.iterdir():
            file.chmod(0o444)
        folder.chmod(0o555)
        command = [sys.executable, "-c", READ_AS_NOBODY, path]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        folder.chmod(0o755)
        assert done.stdout == "300 True\n", done.stderr
        assert path.read_bytes() == before


def test_a_journal_that_names_another_file_is_not_followed(path):
    victim = path.with_name("thesis.txt")
    victim.write_text("all of it")
    assert run(DIE_IN_A_COMMIT, path).returncode == -signal.SIGKILL
    journal = Path(f"{path}-journal")
    name = os.fsencode(victim)
    # As SQLite writes it for a transaction over several files: page, name, length, checksum, magic.
    tail = struct.pack(">I", 0) + name + struct.pack(">II", len(name), sum(name)) + journal.read_bytes()[:8]
    journal.write_bytes(journal.read_bytes() + tail)
    with pytest.raises(DamagedFileError, match="journal names another file"):
        load(path)
    assert victim.read_text() == "all of it"


# ---------------------------------------------------------------- ordinary ends


@pytest.mark.parametrize(
    ("end", "status"), [("", 0), ("sys.exit(3)", 3), ("raise ValueError", 1), ("import threading", 0)]
)
def test_a_process_that_ends_without_closing_has_written_everything(path, end, status):
    done = run(f"for number in range(1000): finish(number)\n{end}", path)
    assert done.returncode == status
    assert check_steps(path, 1000) == 1000
    assert load(path).facts["closed"] is True
    assert os.listdir(path.parent) == [path.name]
    assert "Exception ignored" not in done.stderr


def test_steps_that_come_while_python_ends_are_written(path):
    late = "import atexit\natexit.register(lambda: [finish(number) for number in range(1, 200)])"
    done = run(f"finish(0)\nwriter.flush()\n{late}", path)
    assert (done.returncode, done.stderr) == (0, "")
    assert check_steps(path, 200) == 200


# ---------------------------------------------------------------- children


FORK = """
import signal
numbers = iter(range(10**9))
def some(count):
    for _ in range(count):
        writer.step(step(next(numbers)))
children = []
for child in range(10):
    some(200)
    pid = os.fork()
    if pid == 0:
        some(300)
        writer.note(None)
        writer.flush()
        if child % 3 == 0: sys.exit()
        writer.close()
        if child % 3 == 1: os.kill(os.getpid(), signal.SIGKILL)
        os._exit(0)
    children.append(pid)
for pid in children: os.waitpid(pid, 0)
some(100)
writer.close()
print(writer.failure)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_children_of_the_process_leave_the_file_alone(path):
    # From Python 3.12 on, a fork beside a thread of ours would be a DeprecationWarning.
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", BEGINNING + FORK, path],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.endswith("None\n"), done.stderr
    assert check_steps(path, 2100) == 2100
    assert list(load(path).notes) == []
    assert os.listdir(path.parent) == [path.name]


# ---------------------------------------------------------------- a place that gives out


def test_a_full_disk_keeps_what_was_written_and_lets_the_loop_go_on(path):
    limit = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))\n"
    loop = "for number in range(2000):\n  finish(number)\n  if number % 50 == 0: time.sleep(0.02)\n"
    done = run(f"{limit}{loop}writer.close()\nprint('END', writer.failure)", path)
    assert done.returncode == 0, done.stderr
    assert "cannot be written any more" in done.stdout.partition("END")[2]
    assert str(path) in done.stdout
    assert 0 < check_steps(path, 1) < 2000
    assert load(path).facts["closed"] is False
    assert os.listdir(path.parent) == [path.name]


def test_a_disk_that_is_full_from_the_start_is_an_error_at_once(path):
    limit = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))\n"
    done = run(f"{limit}writer.close()\nos.remove(sys.argv[1])\nWriter(sys.argv[1], {{}})", path)
    assert "retrograd.errors.FileError" in done.stderr
    assert "cannot be written" in done.stderr
    assert os.listdir(path.parent) == []


def test_a_folder_that_disappears_does_not_disturb_the_loop(tmp_path):
    folder = tmp_path / "runs"
    folder.mkdir()
    code = "import shutil\nfinish(0)\nwriter.flush()\nshutil.rmtree(os.path.dirname(sys.argv[1]))\n"
    loop = "for number in range(1, 99): finish(number)\n"
    done = run(f"{code}{loop}writer.close()\nprint('END', writer.failure)", folder / "train.retro")
    assert done.returncode == 0, done.stderr
    assert "was deleted or moved" in done.stdout.partition("END")[2]


def test_a_loop_goes_on_when_no_thread_can_be_started(path, monkeypatch):
    def refuse(_thread: object) -> None:
        raise RuntimeError("can't start new thread")

    writer = Writer(path, {})
    monkeypatch.setattr("threading.Thread.start", refuse)
    for number in range(20):
        writer.step(Step(number, None, "none", b"", {}, (), (), {}, 0.0, True, float(number), ()))
        assert check_steps(path, number + 1) == number + 1
    writer.close()


# ---------------------------------------------------------------- at the same time


def test_a_recording_can_be_followed_while_it_is_written(path):
    loop = "for number in range(3000):\n  finish(number)\n  if number % 10 == 0: time.sleep(0.005)\n"
    process = subprocess.Popen(script(loop, path), stdout=subprocess.DEVNULL)
    while not path.exists() or not path.stat().st_size:
        time.sleep(0.01)
    seen = [0]
    recording = None
    while process.poll() is None:
        try:
            recording = recording or load(path)
        except FileError:  # the first commit is not through yet
            continue
        count = len(recording.steps)
        if count > seen[-1]:
            assert [recording.steps[number].loss for number in (0, count - 1)] == [0, count - 1]
            seen.append(count)
        time.sleep(0.01)
    assert process.wait() == 0
    assert recording is not None
    assert len(recording.steps) == 3000
    assert recording.facts["closed"] is True
    assert len(seen) > 5
    assert check_steps(path, 3000) == 3000


def test_a_reader_that_stands_still_does_not_cost_steps(path):
    writer = Writer(path, {})
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM meta").fetchone()
    for number in range(100):
        writer.step(Step(number, None, "none", b"", {}, (), (), {}, 0.0, True, float(number), ()))
    time.sleep(DELAY)
    reader.execute("COMMIT")
    reader.close()
    writer.close()
    assert writer.failure is None
    assert check_steps(path, 100) == 100
