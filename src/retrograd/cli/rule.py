"""`retrograd rule`: the page of a check."""

from __future__ import annotations

import argparse
import difflib
import sys

from retrograd.cli.common import Refused, write
from retrograd.views.text import paragraph, screen_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what can be typed."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="a check, such as grad-not-cleared; all if not given")


def run(arguments: argparse.Namespace) -> int:
    """Carry it out and return the exit status."""
    from retrograd.diagnosis import all_checks, named, page_of

    checks = all_checks()
    if arguments.name is None:
        wide = max(len(check.name) for check in checks)
        return write("".join(f"{check.name:<{wide}}  {check.summary}\n" for check in checks))
    name = named(arguments.name)
    known = [check for check in checks if check.name == name]
    if not known:
        raise Refused(no_such_check(name, [check.name for check in checks]))
    return write(_fitted(page_of(known[0]), screen_of(sys.stdout).width))


def no_such_check(name: str, known: list[str]) -> str:
    """Return the message about a check that there is not."""
    close = difflib.get_close_matches(name, known, n=1)
    return f"there is no check {name}." + (f" Did you mean {close[0]}?" if close else " See retrograd rule.")


def _fitted(page: str, width: int) -> str:
    """Return a page, its paragraphs broken anew for a width; code and tables stay as they are."""
    parts: list[str] = []
    code = False
    for part in page.split("\n\n"):
        prose = not code and part[:1] not in ("#", "`", "|", "-", " ")
        parts.append("\n".join(paragraph(part, width)) if prose else part)
        code ^= part.count("```") % 2 == 1
    return "\n\n".join(parts).rstrip("\n") + "\n"
