"""Text on a terminal: how wide it is, how it is coloured, and names that can break neither."""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TextIO

NARROWEST, USUAL, WIDEST = 40, 80, 120
"""Widths in characters: below the first nothing is readable, above the last no eye finds the next line."""

COLOURS = {
    "bold": "1",
    "dim": "2",
    "forward": "34",  # blue
    "backward": "35",  # magenta
    "accumulate": "35",
    "update": "32",  # green
    "clear": "33",  # yellow
    "other": "2",
    "error": "1;31",  # red
}
"""What a terminal is told. Colour repeats what letters and words say already, and never says it alone."""

ASCII = str.maketrans("→←…∂│┤─·×−▁▂▃▄▅▆▇█", "><~d||-.x-__..-=+#")
"""For a terminal that knows nothing else: one character for one, so that the columns stay where they are."""

_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class Screen:
    """What the text is written for."""

    width: int = USUAL
    """In characters of a Latin letter's width."""
    colour: bool = False
    unicode: bool = True
    """It can show arrows, lines and bars; else ASCII stands for them."""

    def paint(self, colour: str, text: str) -> str:
        """Return the text as it is told to a terminal in one of the `COLOURS`."""
        return f"\x1b[{COLOURS[colour]}m{text}\x1b[0m" if self.colour and text.strip() else text


def screen_of(stream: TextIO, colour: bool = True) -> Screen:
    """Return what a stream can show: its width, colours unless they are unwanted, and more than ASCII or not.

    COLUMNS, NO_COLOR and TERM=dumb are respected; a stream that is no terminal is 80 wide and has no colours.
    """
    terminal = stream.isatty()
    width = USUAL
    if terminal or os.environ.get("COLUMNS"):
        import shutil  # it brings what packs and unpacks archives along

        width = shutil.get_terminal_size((USUAL, 24)).columns
    wanted = colour and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Screen(min(max(width, NARROWEST), WIDEST), terminal and wanted, _knows_bars(stream))


def _knows_bars(stream: TextIO) -> bool:
    try:
        "→∂▁█".encode(stream.encoding or "utf-8")  # text in memory has no encoding and holds anything
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def finished(lines: Iterable[str], screen: Screen) -> str:
    """Return the lines as one text, none wider than the screen."""
    text = "".join(fit(line, screen.width).rstrip(" ") + "\n" for line in lines)
    if screen.unicode:
        return text
    return text.translate(ASCII).encode("ascii", "backslashreplace").decode("ascii")


def printable(text: str) -> str:
    """Return the text with all written out that would move the cursor, hide or reorder anything."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def width_of(text: str) -> int:
    """Return how many columns a text takes. Colours take none, most East Asian characters two."""
    plain = _ESCAPE.sub("", text)
    return len(plain) if plain.isascii() else sum(map(_columns, plain))


def _columns(character: str) -> int:
    if character.isascii():
        return 1
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def fit(text: str, width: int) -> str:
    """Return the text, cut to a width with an ellipsis if it is longer."""
    if width_of(text) <= width:
        return text
    kept: list[str] = []
    room = width - 1
    coloured = False
    for piece in re.split(r"(\x1b\[[0-9;]*m)", text):
        if _ESCAPE.fullmatch(piece):
            kept.append(piece)
            coloured = piece != "\x1b[0m"
            continue
        for character in piece:
            room -= _columns(character)
            if room < 0:
                return "".join(kept) + "…" + ("\x1b[0m" if coloured else "")
            kept.append(character)
    return "".join(kept)


def fit_end(text: str, width: int) -> str:
    """Return the text without colours, cut at its start: of long dotted names the end tells them apart."""
    if width_of(text) <= width:
        return text
    while text and width_of(text) > width - 1:
        text = text[1:]
    return "…" + text


def left(text: str, width: int) -> str:
    """Return the text with spaces after it, up to a width."""
    return text + " " * (width - width_of(text))


def right(text: str, width: int) -> str:
    """Return the text with spaces before it, up to a width."""
    return " " * (width - width_of(text)) + text


def ends(start: str, end: str, width: int) -> str:
    """Return a line with a text at its start and one at its end; the first is cut if they would touch."""
    room = max(width - width_of(end) - 2, 8)
    start = fit(start, room)
    return fit(start + " " * max(width - width_of(start) - width_of(end), 2) + end, width)


def paragraph(text: str, width: int) -> list[str]:
    """Return a text in lines of at most a width, broken between words where that is possible."""
    lines, line = [], ""
    for word in printable(" ".join(text.split())).split(" "):
        if line and width_of(line) + 1 + width_of(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line]


def say(*lines: str) -> None:
    """Write retrograd's own words, which never go to where the person's script writes."""
    for line in lines:
        print(f"retrograd: {line}" if line else "", file=sys.stderr)
