"""How often diagnosing is right: the scripts of a folder are recorded and diagnosed, and what is found is counted.

    python benchmarks/diagnosing_corpus.py [FOLDER] [--only PART]

A line that ends in `# mistake: NAME` (or `NAME | OTHER`) is one where NAME may be reported; every marked line of a
script is right. A script without such a comment is a correct one, and each finding on it is a false alarm.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import re
import runpy
import sys
import warnings
from pathlib import Path
from typing import NamedTuple

import torch
import torch._dynamo  # what optimizers import when they begin; loaded once, for all the processes that are forked

from retrograd import diagnose, record
from retrograd.diagnosis import CheckFailedWarning

CORPUS = Path(__file__).parents[1] / "tests" / "corpus"
_MARK = re.compile(r"#\s*mistake:\s*(.+)$")


class Outcome(NamedTuple):
    """What was found in one script: names and lines, best first; checks that failed."""

    script: Path
    found: list[tuple[str, int]]
    failed: list[str]

    @property
    def marks(self) -> list[tuple[str, int]]:
        """The names that may be reported, each with its line."""
        return marks(self.script)


def marks(script: Path) -> list[tuple[str, int]]:
    """Return the marked names and lines of a script."""
    return [
        (name.strip(), number)
        for number, line in enumerate(script.read_text(encoding="utf-8").splitlines(), start=1)
        if (mark := _MARK.search(line))
        for name in mark.group(1).split("|")
    ]


def scripts(folder: Path) -> list[Path]:
    """Return the scripts of a folder; those that others import (`_name.py`) are left out."""
    return sorted(file for file in folder.rglob("*.py") if not file.name.startswith("_"))


def outcome(script: Path) -> Outcome:
    """Record and diagnose one script. Its output is dropped, and its error is part of what is diagnosed."""
    sys.argv = [str(script)]
    sys.path.insert(0, str(script.parent))
    with open(os.devnull, "w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        with contextlib.suppress(Exception, SystemExit), record() as recording:
            runpy.run_path(str(script), run_name="__main__")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            findings = diagnose(recording)
    failed = [str(warning.message) for warning in caught if issubclass(warning.category, CheckFailedWarning)]
    return Outcome(script, [(f.name, f.line) for f in findings if f.severity != "info"], failed)


def outcomes(chosen: list[Path], processes: int = 2) -> list[Outcome]:
    """Diagnose scripts, each in a process of its own, which is where torch's global state belongs."""
    with multiprocessing.get_context("fork").Pool(processes, maxtasksperchild=1) as pool:
        return pool.map(outcome, chosen, chunksize=1)


def is_found(result: Outcome) -> bool:
    """Whether the marked mistake is among what was found."""
    names = {name for name, _ in result.marks}
    return any(name in names for name, _ in result.found)


def has_right_line(result: Outcome) -> bool:
    """Whether the marked mistake was found on a marked line."""
    return bool(set(result.marks) & set(result.found))


def is_first(result: Outcome) -> bool:
    """Whether the first finding is the marked mistake."""
    return bool(result.found) and result.found[0][0] in {name for name, _ in result.marks}


def main() -> None:
    """Print what went wrong and the four numbers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=CORPUS)
    parser.add_argument("--only", default="", metavar="PART", help="scripts whose name has this part")
    wanted = parser.parse_args()
    torch.set_num_threads(1)
    results = outcomes([script for script in scripts(wanted.folder) if wanted.only in script.name])
    faulty = [result for result in results if result.marks]
    correct = [result for result in results if not result.marks]
    for result in results:
        right = is_first(result) and has_right_line(result) if result.marks else not result.found
        extra = [name for name, _ in result.found if name not in {name for name, _ in result.marks}]
        if not right or extra or result.failed:
            found = ", ".join(f"{name}:{line}" for name, line in result.found) or "nothing"
            print(f"{result.script.parent.name}/{result.script.stem}: found {found}", *result.failed)
    found = [result for result in faulty if is_found(result)]
    print(f"recall            {len(found)}/{len(faulty)}")
    print(f"right line        {sum(map(has_right_line, found))}/{len(found)}")
    print(f"first finding     {sum(map(is_first, faulty))}/{len(faulty)}")
    print(f"false alarms      {sum(bool(result.found) for result in correct)}/{len(correct)} correct scripts")


if __name__ == "__main__":
    main()
