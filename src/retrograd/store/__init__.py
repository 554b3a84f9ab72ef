"""A recording and its file. docs/format.md describes the file for people and for other languages.

Writer      writes down what a running loop does, so that not even `kill -9` loses it
load        a file -> a recording; steps are read when they are asked for
save        any recording -> a file
Memory      a recording's parts without a file
Repeated    a step of which nothing but its values is special

Whoever only looks at a file does not wait for what writes one: that is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from retrograd.store._format import FORMAT_VERSION
from retrograd.store._memory import Memory
from retrograd.store._reader import File, load
from retrograd.store._steps import Repeated

if TYPE_CHECKING:
    from retrograd.store._saving import save
    from retrograd.store._writer import MAX_AGE, Writer

_HOMES = {
    "MAX_AGE": "retrograd.store._writer",
    "Writer": "retrograd.store._writer",
    "save": "retrograd.store._saving",
}

__all__ = ["FORMAT_VERSION", "MAX_AGE", "File", "Memory", "Repeated", "Writer", "load", "save"]


def __getattr__(name: str) -> Any:  # whatever the name stands for
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
