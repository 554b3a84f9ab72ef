"""The doors of diagnose() from outside: an installed distribution, formats of other programs, bad input."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from retrograd import cli
from retrograd.checks.finding import Finding, Place
from retrograd.views.findings import findings_json, findings_sarif

pytest.importorskip("torch")

ROOT = Path(__file__).parents[2]
LOOP = """import torch
w = torch.ones(3, requires_grad=True)
for step in range(4):
    (w ** 2).sum().backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
"""
FINDINGS = [
    Finding("grad-not-cleared", "error", str(ROOT / "a b.py"), 7, "a fact", "why", "a fix", 0.99, (), ((1, 6),)),
    Finding("lr-too-large", "warning", "/elsewhere/é.py", 3, "f", "w", "--- a\n+++ a", 0.8, (Place("b.py", 2, "r"),)),
    Finding("update-wrong-sign", "info", "", 0, "f", "w", "", 0.5),
]


# ---------------------------------------------------------------- an installed distribution


def installed(folder: Path, name: str, points: str) -> None:
    """Write down what an installer writes down of a distribution's entry points."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(points)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Install the package as it stands into a folder of its own, with the entry points that it declares."""
    folder = tmp_path / "site"
    shutil.copytree(ROOT / "src" / "retrograd", folder / "retrograd", ignore=shutil.ignore_patterns("__pycache__"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = {"console_scripts": project["scripts"]} | project["entry-points"]
    text = "".join(f"[{group}]\n" + "".join(f"{n} = {v}\n" for n, v in rows.items()) for group, rows in groups.items())
    installed(folder, "retrograd", text)
    return folder


def python(site: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(site), "PYTHONIOENCODING": "utf-8", "PYTEST_ADDOPTS": ""}
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False
    )


def test_marker_comes_with_the_installed_package(site: Path, tmp_path: Path) -> None:
    body = "".join(f"    {line}\n" for line in LOOP.splitlines())
    (tmp_path / "test_loop.py").write_text(
        "import pytest, retrograd\n"
        f"def test_place(): assert retrograd.__file__.startswith({str(site)!r})\n"
        f"@pytest.mark.no_findings\ndef test_loop():\n{body}"
    )
    done = python(site, tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--strict-markers", "test_loop.py")
    assert done.returncode == 1
    assert "1 failed, 1 passed" in done.stdout
    assert "grad-not-cleared" in done.stdout


def test_check_of_another_installed_package_takes_part(site: Path, tmp_path: Path) -> None:
    (site / "lucky.py").write_text(
        "from retrograd.checks import Check, Tier\n"
        "CHECK = Check('too-lucky', Tier.PROVENANCE, 'It is lucky.', 'lucky')\n"
        "def find(evidence):\n"
        "    yield evidence.finding('too-lucky', 'error', None, f'{len(evidence.steps)} steps', 'why')\n"
    )
    installed(site, "lucky", "[retrograd.checks]\ntoo-lucky = lucky:CHECK\n")
    (tmp_path / "train.py").write_text(LOOP + "    w.grad = None\n")
    done = python(site, tmp_path, "-m", "retrograd", "diagnose", "--json", "train.py")
    assert [(finding["name"], finding["fact"]) for finding in json.loads(done.stdout)] == [("too-lucky", "4 steps")]


# ---------------------------------------------------------------- formats of other programs

LOCATION = {
    "type": "object",
    "required": ["physicalLocation"],
    "properties": {
        "physicalLocation": {
            "type": "object",
            "required": ["artifactLocation", "region"],
            "properties": {
                "artifactLocation": {"properties": {"uri": {"type": "string", "pattern": r"^[!-~]+$"}}},
                "region": {"properties": {"startLine": {"type": "integer", "minimum": 1}}, "required": ["startLine"]},
            },
        },
        "message": {"type": "object", "required": ["text"]},
    },
}
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "required": ["tool", "results"],
                "properties": {
                    "tool": {
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "required": ["name"],
                                "properties": {"rules": {"uniqueItems": True, "items": {"required": ["id"]}}},
                            }
                        },
                    },
                    "results": {
                        "items": {
                            "required": ["message"],
                            "properties": {
                                "message": {"required": ["text"]},
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "rank": {"type": "number", "minimum": 0, "maximum": 100},
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "locations": {"type": "array", "items": LOCATION},
                                "relatedLocations": {"type": "array", "items": LOCATION, "uniqueItems": True},
                            },
                        }
                    },
                },
            },
        },
    },
}
"""What of the schema of SARIF 2.1.0 speaks of what is written here; section 3.4.4 wants URIs in ASCII."""


def test_sarif_is_as_its_standard_says() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    log = json.loads(findings_sarif(FINDINGS, "1.0"))
    jsonschema.Draft202012Validator(SARIF).validate(log)
    assert [result["level"] for result in log["runs"][0]["results"]] == ["error", "warning", "note"]
    assert [len(result["locations"]) for result in log["runs"][0]["results"]] == [1, 1, 0]


def test_sarif_names_a_place_once() -> None:
    place = Place("/loops/train.py", 7, "made here")
    finding = replace(FINDINGS[0], lines=(place, place))
    related = json.loads(findings_sarif([finding], "1.0"))["runs"][0]["results"][0]["relatedLocations"]
    assert [where["message"]["text"] for where in related] == ["made here"]


def test_json_has_the_documented_fields_and_no_other_types() -> None:
    rows = json.loads(findings_json(FINDINGS))
    fields = {
        "name": str,
        "severity": str,
        "file": str,
        "line": int,
        "lines": list,
        "fact": str,
        "why": str,
        "fix": str,
    }
    for row in rows:
        assert {name: type(row[name]) for name in fields} == fields
        assert row["severity"] in ("error", "warning", "info")
        assert 0 <= row["confidence"] <= 1


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("bytes.py", b"\x00\x01", "is no Python"),
        ("empty.retro", b"", "is empty"),
        ("other.retro", b"no recording at all", "is no recording"),
        ("missing.py", None, "there is no script"),
        ("missing.retro", None, "there is no file"),
        ("latin.py", b'import torch\nname = "Andr\xe9"\n', "is not written in UTF-8 (byte 0xe9 in line 2)"),
    ],
)
def test_what_cannot_be_diagnosed_is_told(
    name: str, content: bytes | None, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert cli.main(["diagnose", str(tmp_path / name)]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(("code", "told"), [("3", True), ("0", False), ("", False)])
def test_exit_is_told_unless_all_went_well(
    code: str, told: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "train.py"
    script.write_text(
        "import sys, torch\n"
        "w = torch.ones(2, requires_grad=True)\n"
        "for step in range(3):\n"
        "    w.grad = None\n"
        "    (w * w).sum().backward()\n"
        "    with torch.no_grad():\n"
        "        w -= 0.1 * w.grad\n"
        f"sys.exit({code})\n"
    )
    monkeypatch.setattr("sys.argv", ["train.py"])
    monkeypatch.setattr("sys.path", [str(tmp_path), *__import__("sys").path])
    assert cli.main(["diagnose", str(script)]) == 0
    assert ("ended by sys.exit(3)" in capsys.readouterr().out) is told


def test_truncated_recording_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from retrograd import record

    with record(tmp_path / "whole.retro"):
        exec(compile(LOOP, str(tmp_path / "train.py"), "exec"), {"__name__": "__main__"})
    short = tmp_path / "short.retro"
    short.write_bytes((tmp_path / "whole.retro").read_bytes()[:5000])
    assert cli.main(["diagnose", str(short)]) == 2
    assert "is damaged" in capsys.readouterr().err


def test_a_name_to_be_left_out_that_is_no_check_is_told(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(LOOP)
    (tmp_path / "pyproject.toml").write_text('[tool.retrograd]\nignore = ["grad-not-claered", "same_batch"]\n')
    done = subprocess.run(
        [sys.executable, "-m", "retrograd", "diagnose", "train.py"],
        cwd=tmp_path, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    told = "retrograd: ignore: there is no check grad-not-claered. Did you mean grad-not-cleared?"
    assert told in done.stderr.splitlines()
    assert "Not looked for: same-batch." in done.stdout
    assert "error: grad-not-cleared" in done.stdout


def test_a_pyproject_that_is_no_toml_is_told(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(LOOP)
    (tmp_path / "pyproject.toml").write_text('[tool.retrograd]\nignore = ["grad-not-cleared"\n')
    done = subprocess.run(
        [sys.executable, "-m", "retrograd", "diagnose", "train.py"],
        cwd=tmp_path, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    (told,) = [line for line in done.stderr.splitlines() if line.startswith("retrograd: ")]
    assert told.startswith(f"retrograd: {tmp_path / 'pyproject.toml'} is no TOML (")
    assert told.endswith(", so it leaves no check out.")
    assert "error: grad-not-cleared" in done.stdout
    assert done.returncode == 1


def test_rule_fits_the_width_of_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    assert cli.main(["rule", "lr-too-large"]) == 0
    text = capsys.readouterr().out
    prose, example = text.split("```python", 1)
    assert max(len(line) for line in prose.splitlines()) <= 60
    assert "    with torch.no_grad():\n        w -= 3.0 * w.grad" in example
