"""The commands as somebody types them. Some tests run them in a process of their own, as a shell does."""

import base64
import json
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

import handmade
import pytest

from retrograd import cli
from retrograd.cli.common import FAILED, MISUSED
from retrograd.recording import Recording
from retrograd.store import save
from retrograd.views import progress

SOURCE = Path(__file__).parents[2] / "src"

TRAIN = """import sys
import torch
torch.manual_seed(0)
w = torch.tensor([3.0, -1.0], requires_grad=True)
for step in range(4):
    loss = (w ** 2).sum()
    loss.backward()
    with torch.no_grad():
        w -= 0.25 * w.grad
    w.grad = None
print(w.tolist(), sys.argv[1:])
"""


def run(folder: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "retrograd", *command],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(SOURCE), "PYTHONIOENCODING": "utf-8"} | environment,
        capture_output=True,
        encoding="utf-8",
    )


@pytest.fixture
def train(tmp_path: Path) -> Path:
    """Write a small training script, and return its folder."""
    pytest.importorskip("torch")
    tmp_path.joinpath("train.py").write_text(TRAIN)
    return tmp_path


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Save a recording into an empty folder that is the current one, and return its name."""
    monkeypatch.chdir(tmp_path)

    def write(recording: Recording | None = None, name: str = "train.retro") -> str:
        save(recording or handmade.recorded(3), name)
        return name

    return write


# ---------------------------------------------------------------- run


def test_run_records_and_says_so_on_standard_error_only(train):
    ended = run(train, "run", "train.py", "a", "--b")
    assert (ended.stdout, ended.returncode) == ("[0.1875, -0.0625] ['a', '--b']\n", 0)
    first, second = ended.stderr.splitlines()
    assert first == "retrograd: 4 steps, 1 parameter (w), loss 10 → 0.1562"
    assert re.fullmatch(r"retrograd: recorded in train\.retro \(\d+ kB\)\. Next: retrograd show train\.retro", second)
    shown = run(train, "show", "train.retro")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "loss = (w ** 2).sum()" in shown.stdout


def test_run_refuses_to_replace_a_file_before_it_runs_anything(train):
    train.joinpath("train.retro").write_bytes(b"SQLite format 3\0")
    ended = run(train, "run", "train.py")
    assert (ended.stdout, ended.returncode) == ("", 2)
    assert ended.stderr == ("retrograd: train.retro exists already. --force replaces it; -o FILE writes another one.\n")
    ended = run(train, "run", "-o", "other.retro", "train.py")
    assert ended.returncode == 0
    ended = run(train, "run", "-o", "other.retro", "--force", "train.py")
    assert ended.returncode == 0


def test_run_never_replaces_what_is_no_recording(train):
    ended = run(train, "run", "--force", "-o", "train.py", "train.py")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "train.py is no recording" in ended.stderr
    assert train.joinpath("train.py").read_text() == TRAIN
    assert "is a folder" in run(train, "run", "-o", ".", "train.py").stderr


def test_a_script_runs_to_its_end_where_nothing_can_be_written(train):
    ended = run(train, "run", "-o", "no/such/folder/x.retro", "train.py")
    assert (ended.stdout, ended.returncode) == ("[0.1875, -0.0625] []\n", 0)
    assert ended.stderr == (
        "retrograd: no/such/folder/x.retro cannot be written, so nothing is recorded. The script runs all the same.\n"
    )


def test_the_recording_lies_where_the_script_was_started_even_if_it_goes_elsewhere(train):
    train.joinpath("elsewhere").mkdir()
    train.joinpath("train.py").write_text("import os\nos.chdir('elsewhere')\n" + TRAIN)
    assert run(train, "run", "train.py").returncode == 0
    assert train.joinpath("train.retro").exists()


def test_a_loop_that_fails_keeps_its_steps_and_its_status(train):
    train.joinpath("train.py").write_text(TRAIN + "torch.ones(2) @ torch.ones(3)\n")
    ended = run(train, "run", "train.py")
    assert ended.returncode == 1
    assert "RuntimeError" in ended.stderr
    assert "retrograd: 4 steps" in ended.stderr
    assert "with an error" in run(train, "show", "train.retro").stdout


def test_an_interrupted_loop_keeps_its_steps_and_dies_of_the_signal(train):
    interrupt = "    if step == 2:\n        import os, signal\n        os.kill(os.getpid(), signal.SIGINT)\n"
    train.joinpath("train.py").write_text(TRAIN.replace("    w.grad = None\n", "    w.grad = None\n" + interrupt))
    ended = run(train, "run", "train.py")
    assert ended.returncode == -signal.SIGINT
    assert "KeyboardInterrupt\n" in ended.stderr
    assert ended.stderr.count("KeyboardInterrupt") == 1
    assert ended.stderr.splitlines()[-2].startswith("retrograd: 3 steps, ")
    assert run(train, "show", "train.retro", "--step", "2").returncode == 0


def test_a_script_without_backward_or_without_torch_is_told_so(train):
    train.joinpath("forward.py").write_text("import torch\nprint((torch.ones(2) * 2).sum())\n")
    ended = run(train, "run", "forward.py")
    assert "retrograd: backward was never called, so nothing was learned\n" in ended.stderr
    assert "what happened, event by event" in run(train, "show", "forward.retro").stdout
    train.joinpath("plain.py").write_text("print(1)\n")
    ended = run(train, "run", "plain.py")
    assert ended.stderr == "retrograd: plain.py did not import PyTorch, so nothing was recorded.\n"
    assert not train.joinpath("plain.retro").exists()


def test_a_module_gives_the_recording_its_last_name(train):
    train.joinpath("package").mkdir()
    train.joinpath("package", "training.py").write_text(TRAIN)
    ended = run(train, "run", "-m", "package.training", "x")
    assert ended.stdout == "[0.1875, -0.0625] ['x']\n"
    assert train.joinpath("training.retro").exists()


# ---------------------------------------------------------------- show


def test_show_starts_without_torch_and_without_what_writes_files(saved, tmp_path):
    name = saved()
    code = (
        "import sys\nfrom retrograd.cli import main\n"
        f"for options in ([], ['--step', '0'], ['--event', '3'], ['--json'], ['--diff', '0', '1']):\n"
        f"    assert main(['show', {name!r}, *options]) == 0\n"
        "assert not {'torch', 'xarray', 'retrograd.store._writer'} & set(sys.modules), 'too much was imported'\n"
    )
    environment = os.environ | {"PYTHONPATH": str(SOURCE)}
    ended = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_show_takes_steps_by_number_by_name_and_from_the_end(saved, capsys):
    name = saved()
    for wanted, title in (("0", "step 0"), ("first", "step 0"), ("last", "step 2"), ("-2", "step 1")):
        assert cli.main(["show", name, "--step", wanted]) == 0
        assert capsys.readouterr().out.startswith(f"{title} of 3")


def test_a_saved_recording_is_shown_as_it_is_in_memory(saved, capsys):
    name = saved()
    assert cli.main(["show", name]) == 0
    golden = Path(__file__).parents[1] / "golden"
    assert capsys.readouterr().out.splitlines()[8:10] != []
    assert cli.main(["show", name, "--step", "0"]) == 0
    assert capsys.readouterr().out == golden.joinpath("step_first.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--step", "999"], "the recording has no step 999; it has the steps 0 to 2"),
        (["--step", "-4"], "the recording has no step -4; it has the steps 0 to 2"),
        (["--step", "before"], "nothing was recorded before the loop"),
        (["--event", "99"], "step 2 has no event 99; it has the events 0 to 17"),
        (["--diff", "0", "7"], "the recording has no step 7"),
        (["--diff", "0"], "--diff takes two steps"),
        (["--diff", "0", "x.retro"], "--diff takes two steps"),
        (["--diff", "gone.retro"], "there is no file gone.retro"),
        (["--step", "9", "--json"], "the recording has no step 9"),
    ],
)
def test_what_is_not_there_is_answered_with_what_is(saved, capsys, options, message):
    assert cli.main(["show", saved(), *options]) == MISUSED
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"retrograd: {message}")


def test_a_step_that_is_no_number_is_refused(saved, capsys):
    with pytest.raises(SystemExit) as refused:
        cli.main(["show", saved(), "--step", "middle"])
    assert refused.value.code == 2
    assert "'middle' is no number and none of first, last, before, after" in capsys.readouterr().err


def test_a_file_that_is_no_recording_is_refused(saved, tmp_path, capsys):
    tmp_path.joinpath("text.retro").write_text("no recording")
    assert cli.main(["show", "text.retro"]) == MISUSED
    assert cli.main(["show", "gone.retro"]) == MISUSED
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1] == "retrograd: there is no file gone.retro. `retrograd run SCRIPT` writes a recording."
    assert all(line.startswith("retrograd: ") for line in lines)


def test_json_is_one_line_of_json(saved, capsys):
    assert cli.main(["show", saved(), "--json"]) == 0
    plain = json.loads(capsys.readouterr().out)
    assert {"steps", "loss", "parameters", "unseen"} <= plain.keys()
    assert plain["parameters"]["w"]["shape"] == [5, 3]
    assert cli.main(["show", "train.retro", "--json", "--step", "0"]) == 0
    assert len(json.loads(capsys.readouterr().out)["events"]) == 18


def test_diff_takes_two_steps_or_a_step_beside_the_chosen_one_or_a_file(saved, capsys):
    name = saved()
    saved(handmade.recorded(3, learning_rate=0.2), "faster.retro")
    assert cli.main(["show", name, "--diff", "0", "last"]) == 0
    assert capsys.readouterr().out.startswith("step 0 beside step 2")
    assert cli.main(["show", name, "--step", "1", "--diff", "2"]) == 0
    assert capsys.readouterr().out.startswith("step 1 beside step 2")
    assert cli.main(["show", name, "--diff", "faster.retro"]) == 0
    assert capsys.readouterr().out.startswith("train.retro beside faster.retro")


def test_prove_says_how_much_was_computed_again_and_fails_if_a_bit_differs(train, capsys):
    assert run(train, "run", "train.py").returncode == 0
    ended = run(train, "show", "train.retro", "--prove")
    assert ended.returncode == 0
    assert re.fullmatch(
        r"\d steps: \d+ recorded values computed again from the recording alone;\nall bitwise equal\.\n",
        ended.stdout,
    )
    save(handmade.recorded(2), train / "by_hand.retro")  # its operations are not torch's
    ended = run(train, "show", "by_hand.retro", "--prove")
    assert ended.returncode == FAILED
    assert "all bitwise equal" not in ended.stdout


def test_reconstruct_computes_what_a_step_did_not_keep(train):
    assert run(train, "run", "train.py").returncode == 0
    plain, computed = (run(train, "show", "train.retro", "--step", "2", *o) for o in ([], ["--reconstruct"]))
    assert computed.returncode == 0
    assert "not kept" not in computed.stdout
    assert "not kept" in plain.stdout or plain.stdout == computed.stdout


def test_a_reader_that_has_enough_is_no_error(saved):
    name = saved(handmade.deep([f"p{number}" for number in range(400)]))
    command = [sys.executable, "-m", "retrograd", "show", name, "--step", "0", "--operations"]
    environment = os.environ | {"PYTHONPATH": str(SOURCE)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""


@pytest.mark.parametrize("command", [[], ["nothing"], ["run"], ["show"]])
def test_a_command_that_is_none_is_explained(command, capsys):
    with pytest.raises(SystemExit) as refused:
        cli.main(command)
    assert refused.value.code == 2
    assert "usage: retrograd" in capsys.readouterr().err


# ---------------------------------------------------------------- colours and progress, on a real terminal


def on_a_terminal(command: list[str], folder: Path, **environment: str) -> str:
    """Run a command whose three streams are one terminal, and return all that was written to it."""
    ours, theirs = pty.openpty()
    variables = {"PYTHONPATH": str(SOURCE), "TERM": "xterm", "PYTHONIOENCODING": "utf-8"} | environment
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=folder,
        env=os.environ | variables,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    written = b""
    while select.select([ours], [], [], 60)[0]:
        try:
            part = os.read(ours, 10000)
        except OSError:  # how Linux says that the other side was closed
            break
        if not part:
            break
        written += part
    os.close(ours)
    process.wait(60)
    return written.decode()


def screen_after(written: str) -> list[str]:
    """Return what stands on a terminal's lines after what was written to it."""
    lines, row, column = [""], 0, 0
    for part in re.findall(r"\x1b\[K|\x1b\[[0-9;]*m|\r|\n|[^\r\n\x1b]+", written):
        if part == "\r":
            column = 0
        elif part == "\n":
            row += 1
            lines += [""] * (row - len(lines) + 1)
        elif part == "\x1b[K":
            lines[row] = lines[row][:column]
        elif not part.startswith("\x1b"):
            lines[row] = lines[row][:column].ljust(column) + part + lines[row][column + len(part) :]
            column += len(part)
    return lines


def test_colours_appear_on_a_terminal_unless_they_are_unwanted(saved, tmp_path):
    command = ["-m", "retrograd", "show", saved()]
    assert "\x1b[1m" in on_a_terminal(command, tmp_path)
    assert "\x1b" not in on_a_terminal(command, tmp_path, NO_COLOR="1")
    assert "\x1b" not in on_a_terminal([*command, "--no-color"], tmp_path)


def test_a_script_is_recorded_on_a_terminal_as_well(train):
    written = on_a_terminal(["-m", "retrograd", "run", "train.py"], train)
    assert "[0.1875, -0.0625] []" in written
    assert "retrograd: 4 steps" in written


SLOW = """import sys, time
from retrograd.views import progress
progress.PATIENCE, progress.INTERVAL = 0.2, 0.05
line = progress.progress_line()
for step in range(12):
    line(step + 1, 0.5 / (step + 1))
    time.sleep(0.1)
    if step % 4 == 3:
        print("Step", step)
    if step == 6:
        print("no new line yet", end="", flush=True)
    if step == 10:
        print(" ... now", file=sys.stderr)
line.end()
print("the end")
assert "write" not in vars(sys.stdout) and "write" not in vars(sys.stderr)
"""


def test_the_progress_line_never_mixes_with_the_output(tmp_path):
    tmp_path.joinpath("slow.py").write_text(SLOW)
    written = on_a_terminal(["slow.py"], tmp_path)
    assert "retrograd: 5 steps in" in written
    assert "loss 0.1" in written
    assert screen_after(written)[:4] == ["Step 3", "no new line yetStep 7", " ... now", "Step 11"]
    assert screen_after(written)[4] == "the end"
    shown = written.index("no new line yet"), written.index("Step 7")
    assert "retrograd" not in written[shown[0] : shown[1]]


def test_there_is_no_progress_line_where_there_is_no_terminal(tmp_path):
    code = "from retrograd.views.progress import progress_line\nprint(progress_line())"
    environment = os.environ | {"PYTHONPATH": str(SOURCE)}
    ended = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert (ended.stdout, ended.stderr) == ("None\n", "")


def test_a_forked_child_writes_as_if_nothing_were_watched(tmp_path):
    script = (
        "import os, sys, time\nfrom retrograd.views import progress\n"
        "progress.PATIENCE, progress.INTERVAL = 0, 0.01\n"
        "line = progress.progress_line()\nline(1)\ntime.sleep(0.1)\n"
        "child = os.fork()\nprint('child' if not child else 'parent')\n"
        "if not child: os._exit(0) if not sys.stdout.flush() else None\n"
        "os.waitpid(child, 0)\nline.end()\n"
    )
    tmp_path.joinpath("forking.py").write_text(script)
    started = time.monotonic()
    written = on_a_terminal(["forking.py"], tmp_path)
    assert "child" in written
    assert "parent" in written
    assert time.monotonic() - started < 30
    assert progress.PATIENCE == 2.0


# ---------------------------------------------------------------- replay


def test_a_replay_is_another_recording(train: Path) -> None:
    """w is multiplied by 1 − 2 · 0.5 = 0 in each turn, and by 1 − 2 · 0.25 = 0.5 in the recording."""
    assert run(train, "run", "train.py").returncode == 0
    made = run(train, "replay", "train.retro", "--set", "line 9=0.5", "--steps", "6", "-o", "new.retro")
    assert (made.returncode, made.stdout) == (0, "")
    assert "6 steps, 1 parameter (w), loss 10 → 0" in made.stderr
    assert "Next: retrograd show train.retro --diff new.retro" in made.stderr
    shown = run(train, "show", "new.retro").stdout
    assert "with line 9 = 0.5, 6 steps" in shown
    assert run(train, "show", "new.retro", "--prove").returncode == 0


def test_a_replay_that_is_not_possible(
    train: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(train, "run", "train.py")
    monkeypatch.chdir(train)
    assert cli.main(["replay", "train.retro"]) == 0
    assert cli.main(["replay", "train.retro", "--force", "--set", "w=[0, 0]"]) == 0
    assert cli.main(["replay", "train.retro", "--force", "--clear", "never", "--without", "9"]) == 0
    (train / "text.npy").write_text("1, 2")
    (train / "empty.npy").touch()
    capsys.readouterr()
    for arguments, text in [
        ([], "train-replayed.retro exists already"),
        (["--force", "--set", "lr=0.5"], "called 'lr'. Numbers that can be changed: line 6, line 9. Tensors"),
        (["--force", "--set", "w=[1]"], "w has the shape (2,) in the recording, not (1,)"),
        (["--force", "--set", "w=w.npy"], "w.npy cannot be read: No such file"),
        (["--force", "--set", "w=text.npy"], "text.npy holds no array of numbers"),
        (["--force", "--set", "w=empty.npy"], "empty.npy holds no array of numbers"),
        (["--force", "--set", "w=[[1, 2], [3]]"], "with the shape (2,); what was given is no array: its rows differ"),
        (["--force", "--set", "w=[[1, 2], [3, 4]]"], "with the shape (2,); what was given is several, (2, 2)"),
        (["--force", "--dtype", "int8"], "int8 is no floating-point dtype"),
        (["--force", "--steps", "0"], "a whole number of steps, 1 or more, not 0; leave it out for as many as were"),
    ]:
        assert cli.main(["replay", "train.retro", *arguments]) == 2
        assert text in capsys.readouterr().err
    for option, typed, text in [
        ("--set", "w", "'w' is not NAME=VALUE"),
        ("--set", "w=much", "'much' is no number, no [list] and no file.npy"),
        ("--steps", "ten", "--steps: 'ten' is no whole number, such as 20"),
        ("--until", "small", "--until: 'small' is no number, such as 0.01"),
    ]:
        with pytest.raises(SystemExit):
            cli.main(["replay", "train.retro", option, typed])
        assert text in capsys.readouterr().err


def test_page_writes_a_page_without_torch(saved, tmp_path):
    path = saved(handmade.recorded(3))
    script = (
        "import sys; from retrograd.cli import main; "
        f"status = main(['page', {path!r}, '-o', 'a.html']); assert 'torch' not in sys.modules; sys.exit(status)"
    )
    environment = os.environ | {"PYTHONPATH": str(SOURCE)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "it needs no network" in done.stdout
    assert "<title>" in (tmp_path / "a.html").read_text(encoding="utf-8")


def test_page_holds_comparisons_if_asked_for(train):
    assert run(train, "run", "train.py").returncode == 0
    assert run(train, "page", "--verify", "train.retro").returncode == 0
    text = train.joinpath("train.html").read_text(encoding="utf-8")
    packed = re.search(r'id="recording">([^<]+)<', text)[1]
    data = zlib.decompress(base64.b64decode(packed))
    head = json.loads(data[8 : 8 + int.from_bytes(data[4:8], "little")])
    assert head["comparisons"]
    assert all(each["agrees"] for each in head["comparisons"])


def test_page_replaces_a_file_only_if_told_so(saved, tmp_path, monkeypatch, capsys):
    path = saved(handmade.recorded(2))
    monkeypatch.chdir(tmp_path)
    Path("mine.html").write_text("mine", encoding="utf-8")
    assert cli.main(["page", path, "-o", "mine.html"]) == MISUSED
    assert "exists already" in capsys.readouterr().err
    assert Path("mine.html").read_text(encoding="utf-8") == "mine"
    assert cli.main(["page", path, "-o", "mine.html", "--force"]) == 0
    assert Path("mine.html").read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize("most", ["much", "0", "-1", "nan"])
def test_a_limit_that_is_none_is_refused(saved, capsys, most):
    with pytest.raises(SystemExit):
        cli.main(["page", saved(handmade.recorded(1)), "--most", most])
    assert "no number of megabytes" in capsys.readouterr().err


def test_view_prints_its_address_and_ends_with_an_interrupt(saved, tmp_path):
    command = [sys.executable, "-u", "-m", "retrograd", "view", "--no-browser", saved(handmade.recorded(2))]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        address = process.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{20,}/", address)
        with urlopen(address, timeout=60) as answer:
            assert b"mountLive" in answer.read()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0
    assert errors == ""


def test_a_port_that_is_taken_is_refused(saved, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert cli.main(["view", "--no-browser", "--port", port, saved(handmade.recorded(1))]) == MISUSED
    assert "cannot be used" in capsys.readouterr().err
