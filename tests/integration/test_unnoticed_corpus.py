"""Every script of the corpus, with and without a recording: the same text, numbers, random states and exception.

    python tests/integration/test_unnoticed_corpus.py FOLDER…

does the same to the scripts in other folders, in each mode, and prints what differs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from both_ways import run

CORPUS = Path(__file__).parents[1] / "corpus"

BEYOND_COMPARING = {
    "ensemble_vmap": "a tensor on the meta device has no entries that could be compared",
    "two_optimizers_sparse": "the copies that the comparison takes of gradients cannot be sparse",
}
"""Scripts that this test cannot compare, and why; none of it is about recording."""

MODES: dict[str, dict[str, Any]] = {
    "every": {},
    "sparse": {"mode": "sparse", "every": 7, "prove": 1},
    "light": {"mode": "light", "every": 7},
    "budget": {"budget": 1},
}


def differences(path: Path, options: dict[str, Any]) -> Iterator[str]:
    """Go through what differs with a recording: first lines of text, an exception, random states, tensors."""
    plain, recorded = run(path, recorded=False), run(path, recorded=True, options=options)
    if recorded.printed != plain.printed:
        yield f"prints {recorded.printed[-80:]!r} for {plain.printed[-80:]!r}"
    if (type(recorded.error), str(recorded.error)) != (type(plain.error), str(plain.error)):
        yield f"raises {recorded.error!r} for {plain.error!r}"
    if recorded.random != plain.random:
        yield "leaves random generators elsewhere"
    tensors, expected = recorded.tensors, plain.tensors
    yield from (f"{name} has other entries" for name in expected if tensors.get(name) != expected[name])


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(CORPUS.glob("*/*.py")), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_script_of_the_corpus_notices_nothing(path: Path) -> None:
    # One mode for each script, in turns: every mode meets scripts of each kind.
    if path.stem in BEYOND_COMPARING:
        pytest.skip(BEYOND_COMPARING[path.stem])
    names = sorted(CORPUS.glob("*/*.py"))
    mode = list(MODES)[names.index(path) % len(MODES)]
    assert [*differences(path, MODES[mode])] == []


if __name__ == "__main__":
    for folder in map(Path, sys.argv[1:]):
        for script in sorted(folder.glob("*.py")):
            for mode, options in MODES.items():
                for difference in differences(script, options):
                    print(f"{script.stem} ({mode}): {difference}", flush=True)
            print(f"{script.stem}: compared", flush=True)
