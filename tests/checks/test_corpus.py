"""The corpus: a faulty script has its marked finding first, a correct one has none.

Every eighth script, for the time it takes; `benchmarks/diagnosing_corpus.py` counts all.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")

CORPUS = Path(__file__).parents[1] / "corpus"
MARK = re.compile(r"#\s*mistake:\s*(.+)$")


@pytest.mark.slow
@pytest.mark.parametrize("script", sorted(CORPUS.rglob("*.py"))[::8], ids=lambda file: file.stem)
def test_script_of_the_corpus_is_diagnosed_rightly(script: Path) -> None:
    lines = script.read_text(encoding="utf-8").splitlines()
    marks = {
        (name.strip(), n)
        for n, line in enumerate(lines, 1)
        if (mark := MARK.search(line))
        for name in mark[1].split("|")
    }
    done = subprocess.run(
        [sys.executable, "-m", "retrograd", "diagnose", "--format", "json", str(script)],
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    faults = [f for f in json.loads(done.stdout.splitlines()[-1]) if f["severity"] != "info"]
    first = {(f["name"], f["line"]) for f in faults[:1]}
    assert first <= marks
    assert bool(first) == bool(marks)
