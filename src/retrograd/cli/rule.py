"""`retrograd rule`: the page of a check."""

from __future__ import annotations

import argparse

from retrograd.cli.common import Refused, write


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what can be typed."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="a check, such as grad-not-cleared; all if not given")


def run(arguments: argparse.Namespace) -> int:
    """Carry it out and return the exit status."""
    from retrograd.diagnosis import all_checks, page_of

    checks = all_checks()
    if arguments.name is None:
        wide = max(len(check.name) for check in checks)
        return write("".join(f"{check.name:<{wide}}  {check.summary}\n" for check in checks))
    name = arguments.name.lower().replace("_", "-")
    known = [check for check in checks if check.name == name]
    if not known:
        import difflib

        close = difflib.get_close_matches(name, [check.name for check in checks], n=1)
        raise Refused(
            f"there is no check {name}." + (f" Did you mean {close[0]}?" if close else " See retrograd rule.")
        )
    return write(page_of(known[0]))
