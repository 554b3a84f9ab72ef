"""What only a fresh process can tell."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

DOOR = Path(__file__).resolve().parents[1] / "recording.py"


def in_child(question: str, *arguments: str) -> Any:
    """Return the answer of a fresh process to one of the questions of recording.py."""
    return in_python(str(DOOR), "--child", question, *arguments)


def in_python(*arguments: str) -> Any:
    """Return what Python, started with these arguments, prints as JSON."""
    command = [sys.executable, *arguments]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=300)
    return json.loads(run.stdout)
