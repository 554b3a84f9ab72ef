"""`retrograd view`: a recording in the browser, from a local server."""

from __future__ import annotations

import argparse
import os

from retrograd.cli.common import Refused, comparisons_of, existing, whole_number, write


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what can be typed."""
    parser.add_argument("file", metavar="FILE", help="a recording, which may still grow")
    parser.add_argument(
        "--port", type=whole_number, default=0, metavar="PORT", help="of the local page; any free one if not given"
    )
    parser.add_argument("--no-browser", dest="browser", action="store_false", help="only print the address")
    parser.add_argument(
        "--verify", action="store_true", help="show the comparisons of `verify` once the loop has ended (uses PyTorch)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Carry it out and return the exit status."""
    import webbrowser

    from retrograd.store import load
    from retrograd.views.server import ViewServer

    path = existing(arguments.file)
    load(path)  # what is no recording is said now
    compare = comparisons_of if arguments.verify else None
    try:
        server = ViewServer(lambda: load(path), os.path.basename(path), port=arguments.port, compare=compare)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise Refused(f"port {arguments.port} cannot be used: {reason}. Without --port a free one is taken.") from error
    write(f"{server.url}\nThe page is for this machine only and ends with Ctrl+C.\n")
    if arguments.browser:
        webbrowser.open(server.url)
    try:
        server.serve()
    except KeyboardInterrupt:
        write("\n")
    return 0
