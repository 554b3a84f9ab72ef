"""The project stands alone: no file names a place on somebody's machine, and every version is pinned."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Written so that this file itself holds none of them.
PLACES = re.compile(
    r"""
      (?<![\w.]) / (?: work | tmp | root | farm | home | Users ) /  # a folder of one machine
    | \b file:/ /                                                        # a file of one machine
    | \b pypi\.org | pythonhosted\.org | registry\.npmjs | deb\.debian   # the host of a registry
    """,
    re.VERBOSE,
)


def files() -> list[Path]:
    """Return the files that git keeps, and those that it would keep if they were added."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    # A file that was deleted but not yet committed is still listed.
    return [path for name in names.split("\0") if name and (path := ROOT / name).is_file()]


def test_no_file_names_a_machine_or_a_registry():
    found = []
    for path in files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # not text
        for number, line in enumerate(text.splitlines(), start=1):
            if place := PLACES.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {place.group()}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text", ["cd /" + "work/main", '"/' + 'tmp/x"', "see https://py" + "pi.org/simple", "file:/" + "//opt"]
)
def test_a_place_is_found(text):
    assert PLACES.search(text)


@pytest.mark.parametrize("text", ["build/work/x", "the work/tmp/root", "tmp_path / 'x'", "a URL: http://localhost"])
def test_other_text_is_no_place(text):
    assert not PLACES.search(text)


def constraints() -> list[str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_constraints_pin_a_name_to_a_version_and_nothing_else():
    pin = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*==[0-9][0-9a-z.]*")
    assert [line for line in constraints() if not pin.fullmatch(line)] == []


def test_every_dependency_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    names = {re.split(r"[\[<>=!~ ]", wanted)[0].lower() for group in groups for wanted in group}
    assert names - {line.split("==")[0].lower() for line in constraints()} == set()


def test_the_picture_names_every_module_of_the_recorder():
    text = (ROOT / "docs" / "how-it-works.md").read_text(encoding="utf-8")
    table = text.split("\n## recorder/\n")[1].split("\n## ")[0]
    named = re.findall(r"`(\w+\.py)`", table)
    assert sorted(named) == sorted(path.name for path in (ROOT / "src" / "retrograd" / "recorder").glob("*.py"))
