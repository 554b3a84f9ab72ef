"""Draw the pictures of the documentation: what a terminal shows of the loop in README.md, as SVG.

`python docs/images/make.py` records the first Python program in README.md as `train.py`, and writes pictures of the
whole recording, of a step and of its verification beside this script; and one of what is found in the same loop
without its last two lines, which clear the gradients.
"""

from __future__ import annotations

import re
import subprocess
import sys
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

from retrograd import diagnose, verify
from retrograd.recording import Recording
from retrograd.store import load
from retrograd.views.comparisons import verification_text
from retrograd.views.findings import findings_text
from retrograd.views.steps import step_text
from retrograd.views.terminal import overview
from retrograd.views.text import Screen

HERE = Path(__file__).resolve().parent
COLUMN, ROW, EDGE = 8.0, 17, 16
"""Width of a character, height of a line, and the margin, in pixels."""

PANEL, INK = "#1c2128", "#d7dce2"
"""The picture brings its own background, so that it can be read on a light page and on a dark one."""

INKS = {
    "1": "#ffffff",
    "2": "#939ca7",
    "31": "#ff8f85",
    "32": "#7fd894",
    "33": "#e8c860",
    "34": "#74b8ff",
    "35": "#d9a2ff",
}
"""What the codes of a terminal look like: bold, dim, and the colours of the phases."""


def drawing(text: str, columns: int) -> str:
    """Return text with the colour codes of a terminal as an SVG picture."""
    lines = text.rstrip("\n").split("\n")
    width, height = round(columns * COLUMN + 2 * EDGE), len(lines) * ROW + 2 * EDGE
    drawn = [f'<rect width="{width}" height="{height}" rx="8" fill="{PANEL}"/>']
    for row, line in enumerate(lines):
        place, codes = 0, []
        for piece in re.split(r"(\x1b\[[0-9;]*m)", line):
            if piece.startswith("\x1b"):
                codes = [] if piece == "\x1b[0m" else piece[2:-1].split(";")
                continue
            words = re.finditer(r"\S+(?: \S+)*", piece)  # what one space parts may be drawn together
            drawn += [_word(word[0], place + word.start(), row, codes) for word in words]
            place += len(piece)
    style = f'font-family="ui-monospace, Menlo, Consolas, \'DejaVu Sans Mono\', monospace" font-size="13" fill="{INK}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" {style}>'
    return "\n".join([head, *drawn, "</svg>"]) + "\n"


def _word(word: str, column: int, row: int, codes: list[str]) -> str:
    x, y = EDGE + column * COLUMN, EDGE + row * ROW + 13
    ink = "".join(f' fill="{INKS[code]}"' for code in codes[-1:] if code in INKS)
    weight = ' font-weight="bold"' if "1" in codes else ""
    # Its width is fixed, so that the columns stand one below the other in whatever font there is.
    size = f'textLength="{len(word) * COLUMN:g}" lengthAdjust="spacingAndGlyphs"'
    return f'<text x="{x:g}" y="{y}" {size}{ink}{weight}>{escape(word)}</text>'


def main() -> None:
    """Record the loop, and draw it."""
    readme = (HERE.parents[1] / "README.md").read_text(encoding="utf-8")
    program = re.search(r"```python\n(.*?)```", readme, re.DOTALL)
    assert program is not None  # the README begins with it
    with TemporaryDirectory() as folder:
        recording, screen = _recorded(program[1], folder), Screen(80, colour=True)
        forgetful = _recorded(program[1].rstrip().rsplit("\n", 2)[0] + "\n", folder)
        findings = diagnose(forgetful)
        pictures = {
            "overview": overview(recording, screen, path="train.retro"),
            "step": step_text(recording, recording.steps[1], screen, title="train.retro"),
            "verify": verification_text(recording, verify(recording), screen, title="train.retro"),
            "diagnose": findings_text(findings, screen, title="train.py", steps=len(forgetful.steps)),
        }
        for name, text in pictures.items():
            (HERE / f"{name}.svg").write_text(drawing(text, screen.width), encoding="utf-8")


def _recorded(program: str, folder: str) -> Recording:
    Path(folder, "train.py").write_text(program, encoding="utf-8")
    subprocess.run([sys.executable, "-m", "retrograd", "run", "--force", "train.py"], cwd=folder, check=True)
    return load(Path(folder, "train.retro"))


if __name__ == "__main__":
    main()
