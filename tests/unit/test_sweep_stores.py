"""Sweeps tile by tile: interrupted, killed, resumed, and never written over something else."""

import contextlib
import errno
import io
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time

import numpy as np
import pytest

import retrograd
from retrograd.cli import main
from retrograd.errors import ForeignStoreError, SweepError

pytest.importorskip("torch")
pytest.importorskip("zarr", reason="stores need retrograd[zarr]")

import torch

from retrograd.sweeps import stores, tiles
from retrograd.views.sweeps import RunsLine

TEXT = """
import torch
torch.manual_seed(0)
w = torch.randn(3, requires_grad=True)
learning_rate = 0.1
for step in range(20):
    loss = (w * w).sum()
    loss.backward()
    with torch.no_grad():
        w -= learning_rate * w.grad
    w.grad.zero_()
"""

ASKED = {"learning_rate": "0.01:0.9:10", "seeds": 6, "until": 1e-3, "engine": "loop"}


@pytest.fixture
def recording(tmp_path):
    code = compile(TEXT, str(tmp_path / "train.py"), "exec")
    (tmp_path / "train.py").write_text(TEXT)
    with retrograd.record(tmp_path / "train.retro") as recording:
        exec(code, {"__name__": "__main__"})
    return recording


@pytest.fixture(autouse=True)
def _small_tiles(monkeypatch):
    monkeypatch.setitem(tiles.TURNS_OF_A_TILE, "loop", 160)  # 8 runs of 20 turns


def same(one, other):
    return all(np.array_equal(one[name], other[name], equal_nan=True) for name in one)


class Killed(Exception):
    pass


def test_an_interrupted_sweep_goes_on_where_it_was(recording, tmp_path, monkeypatch):
    whole = retrograd.sweep(recording, **ASKED)
    path = tmp_path / "sweep.zarr"
    made = []
    original = tiles.run

    def run(choice, work, progress):
        if len(made) == 3:
            raise Killed
        made.append(work.count)
        return original(choice, work, progress)

    monkeypatch.setattr(tiles, "run", run)
    with pytest.raises(Killed):
        retrograd.sweep(recording, store=path, **ASKED)
    assert sum(made) == 24
    monkeypatch.setattr(tiles, "run", lambda *a: made.append(a[1].count) or original(*a))
    assert same(retrograd.sweep(recording, store=path, **ASKED), whole)
    assert sum(made) == 60  # nothing was computed twice
    assert same(retrograd.sweep(recording, store=path, **ASKED), whole)
    assert sum(made) == 60  # nor again


def test_parts_of_a_job_array_make_the_whole(recording, tmp_path):
    path = str(tmp_path / "sweep.zarr")
    for part in (3, 1, 2):
        result = retrograd.sweep(recording, store=path, tile=(part, 3), **ASKED)
    assert same(result, retrograd.sweep(recording, **ASKED))
    with pytest.raises(SweepError, match="4/3"):
        retrograd.sweep(recording, store=path, tile=(4, 3), **ASKED)
    with pytest.raises(SweepError, match="--store"):
        retrograd.sweep(recording, tile=(1, 3), **ASKED)


def test_what_is_not_done_yet_is_shown_as_not_run(recording, tmp_path):
    result = retrograd.sweep(recording, store=tmp_path / "sweep.zarr", tile=(1, 4), **ASKED)
    assert 0 < int((result["outcome"] == 0).sum()) < 60


@pytest.mark.slow
def test_a_killed_worker_process_loses_at_most_its_tile(recording, tmp_path):
    killed = []

    def kill_one(done, count, turns):
        workers = multiprocessing.active_children()
        if workers and not killed:
            killed.append(workers[0].pid)
            os.kill(workers[0].pid, signal.SIGKILL)

    result = retrograd.sweep(recording, store=tmp_path / "sweep.zarr", processes=2, progress=kill_one, **ASKED)
    assert killed
    assert same(result, retrograd.sweep(recording, **ASKED))


@pytest.mark.slow
def test_processes_end_at_once_when_a_sweep_is_interrupted(recording, tmp_path):
    workers = []

    def interrupt(done, count, turns):
        workers.extend(multiprocessing.active_children())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        retrograd.sweep(recording, store=tmp_path / "sweep.zarr", processes=2, progress=interrupt, **ASKED)
    assert [worker.exitcode for worker in workers] == [-signal.SIGTERM] * 2
    again = retrograd.sweep(recording, store=tmp_path / "sweep.zarr", **ASKED)
    assert same(again, retrograd.sweep(recording, **ASKED))


def train(lr, seed=0):
    torch.manual_seed(seed)
    w = torch.randn(3, requires_grad=True)
    for _ in range(20):
        loss = (w * w).sum()
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
        w.grad.zero_()


def test_the_sweep_of_a_function_goes_on_in_another_call(tmp_path, monkeypatch):
    asked = {"lr": "0.01:0.9:10", "seeds": 6, "until": 1e-3, "engine": "loop", "store": tmp_path / "sweep.zarr"}
    retrograd.sweep(train, tile=(1, 2), **asked)
    time.sleep(1.1)  # a recording knows the second in which it began
    made = []
    original = tiles.run
    monkeypatch.setattr(tiles, "run", lambda *a: made.append(a[1].count) or original(*a))
    whole = retrograd.sweep(train, **asked)
    assert 0 < sum(made) < 60
    asked.pop("store")
    assert same(whole, retrograd.sweep(train, **asked))


@pytest.mark.parametrize("there", ["a file", "a folder", "another sweep"])
def test_something_else_is_never_written_over(recording, tmp_path, there):
    path = tmp_path / "store"
    if there == "a file":
        path.write_text("precious")
    elif there == "a folder":
        path.mkdir()
        (path / "precious.txt").write_text("precious")
    else:
        retrograd.sweep(recording, store=path, **{**ASKED, "until": 0.1})
    before = {p: p.read_bytes() for p in [path, *path.rglob("*")] if p.is_file()}
    with pytest.raises(ForeignStoreError, match="new folder"):
        retrograd.sweep(recording, store=path, **ASKED)
    assert before == {p: p.read_bytes() for p in [path, *path.rglob("*")] if p.is_file()}


def test_a_store_of_a_later_version_is_refused_and_left_alone(recording, tmp_path):
    path = tmp_path / "sweep.zarr"
    retrograd.sweep(recording, store=path, **ASKED)
    told = path / "zarr.json"
    told.write_text(told.read_text().replace('"version": 1', '"version": 2'))
    before = {p: p.read_bytes() for p in path.rglob("*") if p.is_file()}
    with pytest.raises(ForeignStoreError, match="another version of retrograd; give the name of a new folder"):
        retrograd.sweep(recording, store=path, **ASKED)
    assert before == {p: p.read_bytes() for p in path.rglob("*") if p.is_file()}


def test_a_full_disk_is_said_and_the_sweep_goes_on_when_there_is_room(recording, tmp_path, monkeypatch):
    zarr = pytest.importorskip("zarr")
    path, wrote = tmp_path / "sweep.zarr", zarr.Array.__setitem__
    retrograd.sweep(recording, store=path, tile=(1, 4), **ASKED)

    def full(array, *_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(zarr.Array, "__setitem__", full)
    with pytest.raises(SweepError, match=r"tile 1 cannot be written .*No space left.* the same command goes on"):
        retrograd.sweep(recording, store=path, **ASKED)
    with pytest.raises(SweepError, match=r"the store .* cannot be made: .*No space left"):
        retrograd.sweep(recording, store=tmp_path / "other.zarr", **ASKED)
    assert not (tmp_path / "other.zarr").exists()
    monkeypatch.setattr(zarr.Array, "__setitem__", wrote)
    assert same(retrograd.sweep(recording, store=path, **ASKED), retrograd.sweep(recording, **ASKED))


@pytest.mark.parametrize("kept", [True, False])
def test_an_interrupted_command_says_what_is_kept_and_goes_on(recording, tmp_path, monkeypatch, capsys, kept):
    store = ["--store", str(tmp_path / "sweep.zarr")] if kept else []
    asked = ["sweep", str(tmp_path / "train.retro"), "--learning-rate", "0.01:0.9:10", "--seeds", "6", *store]
    done, original = [], tiles.run

    def run(*given):
        if len(done) == (3 if kept else 0):
            raise KeyboardInterrupt
        done.append(given)
        return original(*given)

    monkeypatch.setattr(tiles, "run", run)
    monkeypatch.setattr("retrograd.sweeps.making.run", run)
    assert main([*asked, "--engine", "loop"]) == 130
    said = capsys.readouterr().err
    assert ("the same command goes on from there" if kept else "--store DIR keeps it") in said
    assert "Traceback" not in said
    monkeypatch.setattr(tiles, "run", original)
    monkeypatch.setattr("retrograd.sweeps.making.run", original)
    assert main([*asked, "--engine", "loop"]) == 0


def test_a_store_knows_its_engine(recording, tmp_path):
    path = str(tmp_path / "sweep.zarr")
    retrograd.sweep(recording, store=path, **{**ASKED, "engine": "batch"})
    result = retrograd.sweep(recording, store=path, **{**ASKED, "engine": "auto"})
    assert result.attrs["engine"] == "batch"
    assert stores.engine_in(path) == "batch"


def test_a_store_where_there_is_no_folder_is_refused(recording, tmp_path):
    with pytest.raises(SweepError, match="no folder"):
        retrograd.sweep(recording, store=tmp_path / "no" / "sweep.zarr", **ASKED)


def test_the_command_keeps_a_store(recording, tmp_path, capsys):
    asked = ["sweep", str(tmp_path / "train.retro"), "--learning-rate", "0.1,0.2", "--store", str(tmp_path / "s.zarr")]
    assert main(asked) == 0
    first = capsys.readouterr().out
    assert main(asked) == 0
    assert capsys.readouterr().out == first
    assert main([*asked, "--until", "0.5"]) == 2
    assert "another sweep" in capsys.readouterr().err


# ---------------------------------------------------------------- how far it is


class Terminal(io.StringIO):
    def isatty(self):
        return True


def lines_of(terminal):
    return [line.partition("retrograd: ")[2] for line in terminal.getvalue().split("\r")[1:]]


def test_the_line_says_how_many_runs_a_second_and_how_long_the_rest_takes(monkeypatch):
    clock = iter([0.0, 1.0, 2.0, 4.0, 4.1])
    monkeypatch.setattr("retrograd.views.sweeps.time.monotonic", lambda: next(clock))
    terminal = Terminal()
    line = RunsLine(terminal)
    line(0, 60, 0)
    line(10, 60, 200)
    line(40, 60, 800)
    line(41, 60, 820)  # too soon to be read
    assert lines_of(terminal) == ["10 of 60 runs, 5 runs/s, 10 s left", "40 of 60 runs, 10 runs/s, 2 s left"]


def test_runs_that_a_store_has_already_do_not_count_as_fast(monkeypatch):
    clock = iter([0.0, 100.0, 101.0])
    monkeypatch.setattr("retrograd.views.sweeps.time.monotonic", lambda: next(clock))
    terminal = Terminal()
    line = RunsLine(terminal)
    line(50, 60, 0)
    line(52, 60, 40)
    assert lines_of(terminal) == ["52 of 60 runs, 2 runs/s, 4 s left"]


@pytest.mark.parametrize("part", [1, 3])
def test_a_job_of_a_job_array_waits_for_its_own_part_only(recording, tmp_path, part, capsys):
    told, path = [], tmp_path / "sweep.zarr"
    retrograd.sweep(recording, store=path, tile=(2, 3), **ASKED)
    retrograd.sweep(recording, store=path, tile=(part, 3), progress=lambda *now: told.append(now), **ASKED)
    there, made = told[0][0], told[-1][0] - told[0][0]
    assert told[0] == (there, there + made, 0)
    assert 0 < made < 60 - there
    asked = ["sweep", str(tmp_path / "train.retro"), "--store", str(path), "--engine", "loop", "--until", "0.001"]
    asked += ["--learning-rate", "0.01:0.9:10", "--seeds", "6", "--tile", f"{4 - part}/3"]
    assert main(asked) == 0
    assert "not run" not in capsys.readouterr().out
    assert main([*asked[:-1], "3/0"]) == 2


# ---------------------------------------------------------------- Dask


@pytest.fixture
def distributed():
    return pytest.importorskip("distributed", reason="clusters need retrograd[dask]")


def test_a_local_cluster_starts_beside_another_one(recording, distributed):
    with contextlib.ExitStack() as taken:
        with contextlib.suppress(OSError):  # someone else has it already
            taken.enter_context(socket.create_server(("", 8787)))  # where Dask's page is, if nothing else is said
        told = []
        result = retrograd.sweep(recording, client="local", progress=lambda *now: told.append(now), **ASKED)
    assert same(result, retrograd.sweep(recording, **ASKED))
    # Tile by tile, so that the line on the terminal knows how many runs a second there are.
    assert len(told) > 1
    assert told[-1] == (60, 60, int(result["steps"].sum()))


@pytest.mark.slow
def test_a_cluster_goes_on_when_a_worker_is_killed(recording, tmp_path, distributed):
    killed = []
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster,
        distributed.Client(cluster) as client,
    ):

        def kill_one(done, count, turns):
            if not killed:
                killed.append(next(iter(client.run(os.getpid).values())))
                os.kill(killed[0], signal.SIGKILL)

        result = retrograd.sweep(recording, store=tmp_path / "sweep.zarr", client=client, progress=kill_one, **ASKED)
    assert killed
    assert same(result, retrograd.sweep(recording, **ASKED))


@pytest.mark.slow
def test_a_sweep_resumes_when_the_scheduler_was_killed(recording, tmp_path, distributed):
    file = ["--scheduler-file", str(tmp_path / "s.json")]
    with _command("scheduler", "--port", "0", "--no-dashboard", *file) as boss:
        deadline = time.monotonic() + 60
        while not (tmp_path / "s.json").exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        with (
            _command(
                "worker",
                "--nworkers",
                "1",
                "--nthreads",
                "1",
                "--no-dashboard",
                "--scheduler-file",
                str(tmp_path / "s.json"),
            ),
            distributed.Client(scheduler_file=str(tmp_path / "s.json"), timeout=60) as client,
        ):

            def kill_it(done, count, turns):
                boss.kill()

            with pytest.raises(SweepError, match="goes on from there"):
                retrograd.sweep(recording, store=tmp_path / "sweep.zarr", client=client, progress=kill_it, **ASKED)
    result = retrograd.sweep(recording, store=tmp_path / "sweep.zarr", **ASKED)
    assert same(result, retrograd.sweep(recording, **ASKED))


class _command:
    """A part of a cluster, as a process of its own."""

    def __init__(self, *arguments):
        self._arguments = arguments

    def __enter__(self):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._process = subprocess.Popen([sys.executable, "-m", "dask", *self._arguments], **quiet)
        return self._process

    def __exit__(self, *error):
        self._process.kill()
        self._process.wait()


def test_a_cluster_that_is_not_there_is_an_error(recording, tmp_path, distributed):
    with pytest.raises(SweepError, match="no Dask scheduler"):
        retrograd.sweep(recording, store=tmp_path / "s.zarr", client="tcp://127.0.0.1:9", **ASKED)


@pytest.mark.parametrize("engine", ["loop", "batch"])
def test_losses_and_parameters_are_kept_in_a_store_part_by_part(recording, tmp_path, engine):
    asked = ASKED | {"engine": engine, "history": True, "parameters": True}
    whole = retrograd.sweep(recording, **asked)
    for part in (1, 2):
        kept = retrograd.sweep(recording, store=tmp_path / "sweep.zarr", tile=(part, 2), **asked)
        assert bool(np.isnan(kept["w"]).any()) == (part == 1)
    assert kept["w"].dims == ("learning_rate", "seed", "w_0")
    # Tiles of another size may round otherwise in the last digit where runs are computed together.
    rounding = 0 if engine == "loop" else 40 * torch.finfo(torch.float32).eps
    for name in ("loss", "w"):
        np.testing.assert_allclose(kept[name].values, whole[name].values, rtol=rounding, atol=rounding)
    assert same(retrograd.sweep(recording, store=tmp_path / "sweep.zarr", **asked), kept)
    with pytest.raises(ForeignStoreError, match="another sweep"):
        retrograd.sweep(recording, store=tmp_path / "sweep.zarr", **ASKED | {"engine": engine})


def test_a_script_that_sweeps_in_several_processes_is_not_run_again_by_each(recording, tmp_path):
    script = tmp_path / "sweeping.py"
    script.write_text(f"""
import retrograd
print("once")
result = retrograd.sweep({str(tmp_path / "train.retro")!r}, processes=2, **{ASKED!r})
print(result["steps"].shape)
""")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "once\n(10, 6)\n", "")


def test_a_folder_that_may_not_be_written_to_is_said(recording, tmp_path, monkeypatch):
    def refused(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path))

    monkeypatch.setattr(stores.tempfile, "mkdtemp", refused)
    with pytest.raises(SweepError, match=r"cannot be made: .*Permission denied"):
        retrograd.sweep(recording, store=tmp_path / "sweep.zarr", **ASKED)


@pytest.mark.parametrize("processes", [0, -1, 1.5])
def test_processes_that_make_no_sense_are_refused(recording, processes):
    with pytest.raises(SweepError, match="whole number of at least 1"):
        retrograd.sweep(recording, processes=processes, **ASKED)
