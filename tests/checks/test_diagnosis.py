"""diagnose() and its doors: ranking, leaving out, other people's checks, the command line, pytest."""

import json
import os
import signal
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from retrograd import cli, diagnosis
from retrograd.checks import CHECKS, Check, Tier
from retrograd.checks.finding import Finding, Place
from retrograd.diagnosis import CheckFailedWarning, SettingUnreadableWarning, all_checks, diagnose, ignored_in, page_of
from retrograd.recording import Recording
from retrograd.store import load
from retrograd.views.findings import findings_github, findings_json, findings_sarif, findings_text
from retrograd.views.text import Screen

torch = pytest.importorskip("torch")

SOURCE = Path(__file__).parents[2] / "src"
TRAIN = """import torch
torch.manual_seed(0)
x, y = torch.ones(5), torch.zeros(3)
w = torch.randn(5, 3, requires_grad=True)
for step in range(4):
    loss = torch.nn.functional.binary_cross_entropy_with_logits(x @ w, y)
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
print("trained")
"""
FINDING = Finding(
    "grad-not-cleared", "error", "/loops/a:b,100%.py", 7, "|w.grad| was 0.3", "It adds.", "", 0.99,
    (Place("/loops/other.py", 9, "uses it"),), ((1, 6),),
)  # fmt: skip


def recorded(code: str, folder: Path) -> Recording:
    from retrograd import record

    file = folder / "script.py"
    file.write_text(code)
    with record() as recording:
        exec(compile(code, str(file), "exec"), {"__name__": "__main__"})
    return recording


def command(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "retrograd", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(SOURCE), "PYTHONIOENCODING": "utf-8"} | environment,
        capture_output=True,
        encoding="utf-8",
    )


# ---------------------------------------------------------------- diagnose()


def test_fact_has_the_numbers_of_this_loop(tmp_path: Path) -> None:
    # What arrives in step 1 is (sigmoid(z) - y) / 3 for each of the 5 inputs, at the w of step 1.
    torch.manual_seed(0)
    w = torch.randn(5, 3, dtype=torch.float64)
    torch.manual_seed(0)
    w = torch.randn(5, 3).double()
    arrived = []
    total = torch.zeros(5, 3, dtype=torch.float64)
    for _ in range(2):
        gradient = torch.outer(torch.ones(5, dtype=torch.float64), torch.sigmoid(w.sum(0)) / 3)
        arrived.append(gradient.norm().item())
        total += gradient
        w = w - 0.1 * total
    (finding,) = diagnose(recorded(TRAIN, tmp_path))
    assert (finding.name, finding.severity, finding.line) == ("grad-not-cleared", "error", 7)
    assert f"was {arrived[0]:.3g} and {arrived[1]:.3g} came on top" in finding.fact
    assert [place.number for place in finding.lines] == [9]
    assert finding.fix.splitlines()[3:] == ["         w -= 0.1 * w.grad", "+        w.grad = None", ' print("trained")']


def test_event_of_a_finding_is_the_accumulation(tmp_path: Path) -> None:
    recording = recorded(TRAIN, tmp_path)
    (finding,) = diagnose(recording)
    step, event = finding.events[0]
    assert recording.steps[step].program.events[event].kind == "accumulate"


def test_threshold_is_not_shown_beside_its_cause(tmp_path: Path) -> None:
    # The sign is wrong, so the loss diverges; that the rate is too large then follows from it.
    code = (
        TRAIN.replace("range(4)", "range(40)").replace("-=", "+=").replace('print("trained")', "")
        + "    w.grad = None\n"
    )
    assert [finding.name for finding in diagnose(recorded(code, tmp_path))] == ["update-wrong-sign"]


def test_two_mistakes_are_two_findings(tmp_path: Path) -> None:
    code = TRAIN.replace("x @ w", "torch.sigmoid(x @ w)")
    assert {f.name for f in diagnose(recorded(code, tmp_path))} == {"grad-not-cleared", "double-sigmoid"}


@pytest.mark.parametrize(
    "comment",
    ["# retrograd: ignore", "#retrograd:ignore[grad-not-cleared, same-batch]", "# retrograd: ignore[Grad_not_cleared]"],
)
def test_comment_on_the_line_leaves_a_finding_out(comment: str, tmp_path: Path) -> None:
    assert diagnose(recorded(TRAIN.replace("backward()", f"backward()  {comment}"), tmp_path)) == []


def test_loop_whose_numbers_are_infinite_is_diagnosed_without_a_warning(tmp_path: Path) -> None:
    # 3e38 + 1e38 is infinite in float32, and infinite less infinite is not a number. A warning fails a test.
    code = """
import torch
w = torch.tensor([3e38], requires_grad=True)
for step in range(5):
    loss = -w.sum()
    loss.backward()
    with torch.no_grad():
        w -= 1e38 * w.grad
    w.grad = None
"""
    assert "update-wrong-sign" not in [finding.name for finding in diagnose(recorded(code, tmp_path))]


def test_comment_for_another_check_leaves_nothing_out(tmp_path: Path) -> None:
    code = TRAIN.replace("backward()", "backward()  # retrograd: ignore[same-batch]")
    assert len(diagnose(recorded(code, tmp_path))) == 1


def test_ignored_checks_are_not_carried_out(tmp_path: Path) -> None:
    assert diagnose(recorded(TRAIN, tmp_path), ignore=["GRAD_NOT_CLEARED"]) == []


def test_setting_of_the_nearest_pyproject_counts(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text('[tool.retrograd]\nignore = ["same-batch"]\n')
    assert ignored_in(str(inner)) == ["same-batch"]
    (tmp_path / "a" / "pyproject.toml").write_text("[project]\nname = 'nearer'\n")
    assert ignored_in(str(inner)) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("this is no TOML", "is no TOML"),
        ("tool = 3", "has no table where [tool.retrograd] should be, but 3"),
        ('[tool]\nretrograd = "on"', "has no table where [tool.retrograd] should be, but 'on'"),
        ('[tool.retrograd]\nignore = "same-batch"', "does not give a list of names to ignore, but 'same-batch'"),
        ("[tool.retrograd]\nignore = [1]", "does not give a list of names to ignore, but [1]"),
    ],
)
def test_a_pyproject_that_cannot_be_read_is_told(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.warns(SettingUnreadableWarning) as caught:
        assert ignored_in(str(tmp_path)) == []
    (warning,) = caught
    message = str(warning.message)
    assert message.startswith(str(tmp_path / "pyproject.toml"))
    assert told in message
    assert message.endswith(", so it leaves no check out.")


def test_checks_of_other_packages_take_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lucky.py").write_text(
        "from retrograd.checks import Check, Tier\n"
        "CHECK = Check('too-lucky', Tier.PROVENANCE, 'It is lucky.', 'lucky')\n"
        "def find(evidence):\n"
        "    yield evidence.finding('too-lucky', 'error', None, f'{len(evidence.steps)} steps', 'why')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    entries = [EntryPoint("too-lucky", "lucky:CHECK", diagnosis.GROUP)]
    monkeypatch.setattr(diagnosis.metadata, "entry_points", lambda group: entries if group == diagnosis.GROUP else [])
    found = diagnose(recorded(TRAIN, tmp_path))
    assert [(f.name, f.fact) for f in found if f.name == "too-lucky"] == [("too-lucky", "4 steps")]
    assert page_of(all_checks()[-1]) == "# too-lucky\n\nIt is lucky.\n"


def test_check_that_fails_is_named_and_hides_no_other(tmp_path: Path) -> None:
    broken = Check("broken", Tier.PROVENANCE, "", "no.such.module")
    recording = recorded(TRAIN, tmp_path)
    with pytest.warns(CheckFailedWarning, match="the check broken failed"):
        assert len(diagnose(recording, checks=[broken, *CHECKS])) == 1


def test_saved_recording_is_diagnosed_without_torch(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(TRAIN)
    assert command(tmp_path, "run", "train.py").returncode == 0
    main = "from retrograd.cli import main; sys.exit(main(['diagnose', 'train.retro']))"
    code = f"import sys; sys.modules['torch'] = None; {main}"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(SOURCE)}, capture_output=True
    )
    assert (done.returncode, b"grad-not-cleared" in done.stdout) == (1, True)


# ---------------------------------------------------------------- how findings are shown


def test_json_has_every_field() -> None:
    (plain,) = json.loads(findings_json([FINDING]))
    assert plain["name"] == "grad-not-cleared"
    assert plain["lines"] == [{"file": "/loops/other.py", "line": 9, "role": "uses it"}]
    assert plain["events"] == [{"step": 1, "event": 6}]


def test_github_annotation_escapes_what_has_a_meaning_there() -> None:
    text = findings_github([FINDING])
    assert text.startswith("::error file=/loops/a%3Ab%2C100%25.py,line=7,title=grad-not-cleared::|w.grad| was 0.3.")
    assert text.count("\n") == 1


def test_sarif_points_from_results_to_rules() -> None:
    log = json.loads(findings_sarif([FINDING], "1.0"))
    run = log["runs"][0]
    result = run["results"][0]
    assert log["version"] == "2.1.0"
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "grad-not-cleared"
    assert result["level"] == "error"
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 7


@pytest.mark.parametrize("width", [40, 80, 120])
def test_text_is_no_wider_than_the_screen(width: int) -> None:
    text = findings_text([FINDING], Screen(width, False, True), title="train.py", steps=4)
    assert max(map(len, text.splitlines())) <= width


# ---------------------------------------------------------------- the command line


@pytest.fixture
def train(tmp_path: Path) -> Path:
    """Write a script with a mistake, and return its folder."""
    (tmp_path / "train.py").write_text(TRAIN)
    return tmp_path


def test_script_is_run_recorded_and_diagnosed(train: Path) -> None:
    done = command(train, "diagnose", "train.py")
    assert done.returncode == 1
    assert done.stdout.startswith("trained\n")
    assert "grad-not-cleared" in done.stdout
    assert [file.name for file in train.iterdir()] == ["train.py"]


def test_json_is_alone_on_standard_output(train: Path) -> None:
    done = command(train, "diagnose", "--json", "train.py")
    assert [finding["name"] for finding in json.loads(done.stdout)] == ["grad-not-cleared"]
    assert "trained" in done.stderr


def test_recording_is_kept_where_it_is_wanted(train: Path) -> None:
    assert command(train, "diagnose", "-o", "kept.retro", "train.py").returncode == 1
    assert len(load(train / "kept.retro").steps) == 4


def test_option_and_setting_leave_checks_out(train: Path) -> None:
    assert command(train, "diagnose", "--ignore", "grad-not-cleared", "train.py").returncode == 0
    (train / "pyproject.toml").write_text('[tool.retrograd]\nignore = ["grad-not-cleared"]\n')
    assert command(train, "diagnose", "train.py").returncode == 0


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("this is no Python (", "train.py is no Python (line 1)"),
        ("print(1)", "did not import PyTorch"),
        ("import torch; torch.ones(3).sum()", "never called backward"),
        ("import subprocess, sys; subprocess.run([sys.executable, '-c', ''])", "It starts other processes"),
    ],
)
def test_script_that_cannot_be_diagnosed_is_told_why(code: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(code)
    done = command(tmp_path, "diagnose", "train.py")
    assert (done.returncode, told in done.stderr) == (2, True), done.stderr


def test_missing_script_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["diagnose", str(tmp_path / "missing.py")]) == 2
    assert "there is no script" in capsys.readouterr().err


def test_script_that_exits_is_diagnosed(train: Path) -> None:
    (train / "train.py").write_text(TRAIN + "import sys\nsys.exit(5)\n")
    done = command(train, "diagnose", "train.py")
    assert (done.returncode, "grad-not-cleared" in done.stdout) == (1, True)


def test_error_is_shown_as_python_shows_it_and_explained(train: Path) -> None:
    (train / "train.py").write_text(TRAIN.replace("with torch.no_grad():", "if True:"))
    done = command(train, "diagnose", "train.py")
    assert done.returncode == 1
    assert done.stderr.startswith("Traceback (most recent call last):")
    assert "update-tracked" in done.stdout


@pytest.mark.parametrize(
    ("loss", "backward", "told"),
    [
        ("(w * (1.0 if i < 5 else float('inf')) - 2).square().mean()", "loss.backward()", True),
        ("w * 2", "loss.backward(torch.ones(3))", False),  # no number, and nothing wrong with that
    ],
)
def test_a_loss_that_is_no_number_in_the_end_is_told(loss: str, backward: str, told: bool, tmp_path: Path) -> None:
    train = tmp_path / "train.py"
    train.write_text(
        "import torch\n"
        "w = torch.ones(3, requires_grad=True)\n"
        "for i in range(8):\n"
        f"    loss = {loss}\n"
        f"    {backward}\n"
        "    with torch.no_grad():\n"
        "        w -= 0.1 * w.grad\n"
        "    w.grad = None\n"
    )
    done = command(tmp_path, "diagnose", str(train))
    assert "No mistake found" in done.stdout
    assert ("not finite from step 5 on" in done.stdout) == told


def test_megabytes_of_output_come_through(train: Path) -> None:
    (train / "train.py").write_text(TRAIN + "for _ in range(4000):\n    print('x' * 999)\n")
    done = command(train, "diagnose", "--json", "train.py")
    assert len(done.stderr) > 3_999_000
    assert len(json.loads(done.stdout)) == 1


def test_interrupted_script_is_diagnosed_with_what_was_recorded(train: Path) -> None:
    (train / "train.py").write_text(TRAIN + "import time\nprint('waiting', flush=True)\ntime.sleep(100)\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "retrograd", "diagnose", "train.py"],
        cwd=train,
        env=os.environ | {"PYTHONPATH": str(SOURCE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    )
    with process:
        assert process.stdout is not None
        while process.stdout.readline() != "waiting\n":
            pass
        process.send_signal(signal.SIGINT)
        assert "grad-not-cleared" in process.stdout.read()
    assert process.returncode == 130


def test_rule_shows_the_page_of_a_check(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["rule", "GRAD_NOT_CLEARED"]) == 0
    assert capsys.readouterr().out.startswith("# grad-not-cleared\n")


def test_rule_without_a_name_lists_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["rule"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(CHECKS)


def test_unknown_rule_proposes_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["rule", "grad-not-clear"]) == 2
    assert "Did you mean grad-not-cleared?" in capsys.readouterr().err


# ---------------------------------------------------------------- pytest

LOOPS = """
import pytest, torch

def train(clear):
    w = torch.ones(3, requires_grad=True)
    for step in range(4):
        (w ** 2).sum().backward()
        with torch.no_grad():
            w -= 0.1 * w.grad
        if clear:
            w.grad = None

@pytest.mark.no_findings
def test_right():
    train(True)

@pytest.mark.no_findings
def test_wrong():
    train(False)

@pytest.mark.no_findings(ignore=["grad-not-cleared"])
def test_ignored():
    train(False)

@pytest.mark.no_findings(checks=[])
def test_misused():
    train(True)

def test_fixture(recording):
    train(False)
    assert len(recording.steps) == 4

@pytest.mark.no_findings
def test_both(recording):
    train(False)
"""


def test_marker_fails_a_test_whose_loop_has_findings(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(LOOPS)
    result = pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=3, failed=3)
    result.stdout.fnmatch_lines(["*grad-not-cleared*"])
    result.stdout.fnmatch_lines(["*takes ignore=*only*"])
