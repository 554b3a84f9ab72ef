"""Which code is the person's own, which part of a line is at work, and which loops are around it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import textwrap
import types
from collections.abc import Callable, Sequence
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
import torch
from torch.utils.data import DataLoader

import retrograd.recorder.lines
from retrograd.recorder.lines import (
    is_loading,
    is_own,
    line_at,
    loops_around,
    own_frame,
    own_frames,
    text_of,
)


def places_in(text: str, file: Path) -> list[tuple[CodeType, int]]:
    """Run a script that calls `here(...)`, and return the places where it did."""
    file.write_text(text, encoding="utf-8")
    found: list[tuple[CodeType, int]] = []

    def here(*_: object) -> float:
        frame = sys._getframe(1)
        found.append((frame.f_code, frame.f_lasti))
        return 1.0

    exec(compile(text, str(file), "exec"), {"here": here})
    return found


def own_frames_seen_by(call: Callable[[Callable[..., Any]], object]) -> list[str]:
    """Return the names of the functions that `own_frames` goes through, asked from within a call."""
    names: list[str] = []

    def here(*arguments: Any, **_: Any) -> Any:
        names.extend(frame.f_code.co_name for frame in own_frames(sys._getframe(1)))
        return arguments[0] if arguments else None

    call(here)
    return names


# ---------------------------------------------------------------- whose code it is


@pytest.mark.parametrize("folder", ["site-packages", "dist-packages"])
def test_a_package_installed_for_the_user_or_the_system_is_not_the_persons_own(tmp_path: Path, folder: str) -> None:
    code = compile("loss.backward()", str(tmp_path / "lib" / folder / "lightning.py"), "exec")
    assert not is_own(code)
    assert is_own(compile("loss.backward()", str(tmp_path / "lib" / f"my-{folder}" / "train.py"), "exec"))


def test_this_file_is_the_persons_own():
    assert is_own(sys._getframe().f_code)


@pytest.mark.parametrize("file", ["<string>", "<stdin>", "<ipython-input-3-abc>", "train.py", "ünï.py"])
def test_typed_code_is_the_persons_own(file):
    assert is_own(compile("1", file, "exec"))


@pytest.mark.parametrize(
    "function",
    [json.dumps, torch.nn.functional.mse_loss, pytest.raises, retrograd.recorder.lines.line_at],
    ids=["python", "torch", "a package", "retrograd"],
)
def test_code_of_others_is_not(function):
    code = getattr(function, "__wrapped__", function).__code__
    assert not is_own(code)


def test_only_the_loader_of_torch_loads_data():
    asked = []
    list(DataLoader([0.0], collate_fn=lambda _: asked.append(is_loading(sys._getframe()))))
    assert asked == [True]
    assert not is_loading(sys._getframe())


def test_a_file_that_is_read_brings_data():
    asked = []

    class Asking(io.BytesIO):
        def read(self, *args):
            asked.append(is_loading(sys._getframe()))
            return super().read(*args)

    file = io.BytesIO()
    torch.save(torch.ones(2), file)
    torch.load(Asking(file.getvalue()))
    assert asked
    assert all(asked)


def test_own_frames_go_outwards_and_pass_over_others():
    def outer(here: Callable[..., Any]) -> None:
        sorted([2, 1], key=lambda number: inner(here, number))

    def inner(here: Callable[..., Any], number: int) -> Any:
        return json.loads("[0.5]", parse_float=here) and number

    names = own_frames_seen_by(outer)
    assert names[:3] == ["inner", "<lambda>", "outer"]
    assert not {"loads", "decode", "raw_decode"} & set(names)


def test_the_own_frame_is_the_innermost_one():
    frames: list[FrameType | None] = []
    json.loads("[0.5]", parse_float=lambda _: frames.append(own_frame(sys._getframe(1))))
    assert frames[0] is sys._getframe()


def test_there_is_no_own_frame_while_a_loader_collects():
    frames: list[FrameType | None] = []

    class Noticing(torch.utils.data.Dataset[int]):
        def __len__(self) -> int:
            return 1

        def __getitem__(self, index: int) -> int:
            frames.append(own_frame(sys._getframe()))
            return index

    list(DataLoader(Noticing()))
    assert frames == [None]


# ---------------------------------------------------------------- which part of a line


def part_of(text: str, line: Any) -> str:
    """Return the part of a text that a line points to."""
    lines: Sequence[str] = text.splitlines()[line.number - 1 : line.end_number]
    if len(lines) == 1:
        return lines[0][line.column : line.end_column]
    return "\n".join([lines[0][line.column :], *lines[1:-1], lines[-1][: line.end_column]])


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("x = 2 * here(3)\n", ["here(3)"]),
        ("x = here(1); y = [here(2), here(3)]\n", ["here(1)", "here(2)", "here(3)"]),
        ("für = 'ä€𝄞'; x = here(für) + here('ß')\n", ["here(für)", "here('ß')"]),
        ("\n\nx = here(\n    1,\n    'ü') + 2\n", ["here(\n    1,\n    'ü')"]),
        ("def f():\n    return here(1)\nf()\n", ["here(1)"]),
    ],
)
def test_a_line_is_the_part_of_the_text_that_is_at_work(text, parts, tmp_path):
    places = places_in(text, tmp_path / "script.py")
    assert [part_of(text, line_at(*place)) for place in places] == parts


def test_a_line_names_its_file_and_function(tmp_path):
    file = tmp_path / "script.py"
    (in_function, at_the_top) = places_in("def step():\n    here()\nstep()\nhere()\n", file)
    line = line_at(*in_function)
    assert (line.file, line.number, line.function) == (str(file), 2, "step")
    assert line_at(*at_the_top).function == "<module>"


def test_the_line_of_code_without_source_has_a_number():
    places: list[tuple[CodeType, int]] = []

    def here() -> None:
        frame = sys._getframe(1)
        places.append((frame.f_code, frame.f_lasti))

    exec("x = 1\nhere()", {"here": here})
    line = line_at(*places[0])
    assert (line.file, line.number) == ("<string>", 2)


# ---------------------------------------------------------------- loops


def loops(text: str, file: Path) -> list[int]:
    """Return how many loops stand around each `here()` of a script."""
    return [len(loops_around(*place)) for place in places_in(text, file)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("here()\n", [0]),
        ("for _ in range(1):\n    here()\n", [1]),
        ("for _ in range(1):\n    pass\nhere()\n", [0]),
        ("for _ in range(1):\n    for _ in range(1):\n        here()\n    here()\nhere()\n", [2, 1, 0]),
        ("k = 1\nwhile k:\n    k = 0\n    here()\n", [1]),
        ("while True:\n    here()\n    break\n", [0]),
        ("k = 0\nwhile True:\n    here()\n    k += 1\n    if k == 2: break\n", [1, 1]),
        ("for _ in range(1):\n    try:\n        here()\n    finally:\n        here()\n", [1, 1]),
        ("for _ in range(1):\n    with open(__import__('os').devnull):\n        here()\n", [1]),
        ("[here() for _ in range(1)]\n", [1]),
        ("def f():\n    here()\nfor _ in range(1):\n    f()\n", [0]),
        ("for _ in here(), here():\n    pass\n", [0, 0]),
    ],
)
def test_loops_are_found_in_the_bytecode(text, expected, tmp_path):
    assert loops(text, tmp_path / "script.py") == expected


def test_the_innermost_loop_comes_first(tmp_path):
    text = "for _ in range(1):\n    here()\n    for _ in range(1):\n        here()\n"
    outside, inside = places_in(text, tmp_path / "script.py")
    (outer,) = loops_around(*outside)
    inner, around = loops_around(*inside)
    assert around == outer
    assert outer[0] < inner[0] <= inner[1] < outer[1]


# ---------------------------------------------------------------- texts


def test_a_file_is_kept_whole(tmp_path):
    file = tmp_path / "script.py"
    file.write_text("w = 'ä'\r\n\nlast", encoding="utf-8")
    # Python reads a source with its own idea of the end of a line, and ends the last one.
    assert text_of(str(file)).splitlines() == ["w = 'ä'", "", "last"]


def test_text_that_nobody_knows_is_empty():
    assert text_of("<nowhere>") == ""


def test_equal_code_in_two_files_is_told_apart(tmp_path: Path) -> None:
    one, two = (places_in("here(1)\n", tmp_path / name)[0] for name in ("one.py", "two.py"))
    assert one[0] == two[0]  # Python compares code without the name of its file
    assert Path(line_at(*one).file).name == "one.py"
    assert Path(line_at(*two).file).name == "two.py"


# ---------------------------------------------------------------- a notebook's cells


CELL = """
from retrograd.recorder.lines import line_at
import sys
found = []

def here(x):
    frame = sys._getframe(1)
    found.append(line_at(frame.f_code, frame.f_lasti))
    return x

text = '''
                much further in'''
for n in range(2):
    total = 1 + here(
        n)

def twice():
    return 2 * here(2)

twice()
three = [3 * here(n) for n in (3,)]
with open("told", "w") as file:
    for line in found:
        print(line.number, line.column, line.end_number, line.end_column, file=file)
"""


def test_the_part_of_a_line_in_a_cell_of_a_marimo_app_is_what_the_file_has(tmp_path: Path) -> None:
    """marimo keeps a cell as an indented function and runs its text without the indentation."""
    pytest.importorskip("marimo")
    cell = textwrap.indent(CELL, "    ", lambda line: bool(line.strip()) and "further" not in line)
    app = f"import marimo\napp = marimo.App()\n\n@app.cell\ndef _():\n{cell}    return\n\napp.run()\n"
    (tmp_path / "app.py").write_text(app, encoding="utf-8")
    subprocess.run([sys.executable, "app.py"], cwd=tmp_path, check=True)
    lines = app.splitlines()
    first, second, third = (
        next(at for at, line in enumerate(lines) if part in line)
        for part in ("1 + here(", "2 * here(2)", "3 * here(n)")
    )
    begins = [lines[at].index("here(") for at in (first, second, third)]
    wanted = [(first + 1, begins[0], first + 2, lines[first + 1].index(")") + 1)] * 2
    wanted += [
        (at + 1, begin, at + 1, begin + len("here(n)")) for at, begin in ((second, begins[1]), (third, begins[2]))
    ]
    told = (tmp_path / "told").read_text(encoding="utf-8").splitlines()
    assert [tuple(map(int, line.split())) for line in told] == wanted


def test_an_inner_function_is_where_its_file_has_it_when_marimo_is_loaded(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "marimo", types.ModuleType("marimo"))
    text = "def outer():\n    def inner():\n        return [2 * here(n) for n in (1,)]\n    return inner()\n\nouter()\n"
    line = line_at(*places_in(text, tmp_path / "inner.py")[0])
    assert (line.number, line.column, line.end_column) == (3, 20, 27)
