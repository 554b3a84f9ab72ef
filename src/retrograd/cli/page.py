"""`retrograd page`: a recording as one HTML file."""

from __future__ import annotations

import argparse
import os

from retrograd.cli.common import Refused, comparisons_of, existing, megabytes, size_text, write


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what can be typed."""
    parser.add_argument("file", metavar="FILE", help="a recording")
    parser.add_argument("-o", "--output", metavar="PAGE", help="the page; FILE with .html here if not given")
    parser.add_argument("--force", action="store_true", help="replace a file of that name")
    parser.add_argument(
        "--most", type=megabytes, metavar="MB", help="leave out the values of some steps if they take more (24)"
    )
    parser.add_argument("--verify", action="store_true", help="put the comparisons of `verify` into it (uses PyTorch)")


def run(arguments: argparse.Namespace) -> int:
    """Carry it out and return the exit status."""
    from retrograd.store import load
    from retrograd.views.data import BUDGET, Extra
    from retrograd.views.page import page

    recording = load(existing(arguments.file))
    name = os.path.basename(arguments.file)
    path = arguments.output or os.path.splitext(name)[0] + ".html"
    if os.path.isdir(path):
        raise Refused(f"{path} is a folder; -o takes the name of a file.")
    if os.path.exists(path) and not arguments.force:
        raise Refused(f"{path} exists already. --force replaces it; -o PAGE writes another one.")
    comparisons = comparisons_of(recording) if arguments.verify else ()
    text = page(recording, Extra(title=name, comparisons=comparisons), budget=arguments.most or BUDGET)
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror}") from error
    return write(f"{path} ({size_text(os.path.getsize(path))}): open it in a browser; it needs no network.\n")
