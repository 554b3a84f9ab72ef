"""A recording and its file. docs/format.md describes the file for people and for other languages.

Writer      writes down what a running loop does, so that not even `kill -9` loses it
load        a file -> a recording; steps are read when they are asked for
save        any recording -> a file
Memory      a recording's parts without a file
Repeated    a step of which nothing but its values is special
"""

from retrograd.store._format import FORMAT_VERSION
from retrograd.store._memory import Memory
from retrograd.store._reader import File, load
from retrograd.store._saving import save
from retrograd.store._steps import Repeated
from retrograd.store._writer import MAX_AGE, Writer

__all__ = ["FORMAT_VERSION", "MAX_AGE", "File", "Memory", "Repeated", "Writer", "load", "save"]
