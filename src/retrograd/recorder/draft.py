"""The functions that expect a turn's calls, as text, while they are written.

Each compares a call with what was seen, runs it, copies what a repeated step keeps, and makes the next function the
present one. Where anything differs, it hands over before it has run anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import MethodType
from typing import Any

Watch = Callable[..., Any]


class Departed(Exception):
    """The turn departs from the pattern at this call."""


class Draft:
    """The text of one function after another, and the names that all of them use."""

    def __init__(self, names: dict[str, Any], calls: int, repeats_itself: bool) -> None:
        """Begin with what the functions can reach.

        Args:
            names: By name. `mode`, `miss`, `late`, `failed`, `complete` and `end` are among them.
            calls: How many functions there will be.
            repeats_itself: The last of them is followed by the first again, else by `end`.
        """
        self.number = 0
        """Of the call whose function is being written."""
        self._names = names | {"Departed": Departed, "none": {}}
        self._calls, self._then = calls, "call0" if repeats_itself else "end"
        self._lines: list[str] = []
        self._running = (0, 0)
        """Which of the lines run the person's call."""

    def begin(self, number: int) -> None:
        """Begin the function of a call."""
        self.number, self._lines, self._running = number, [], (0, 0)

    def add(self, *lines: str) -> None:
        """Add lines."""
        self._lines += lines

    def unless(self, condition: str) -> None:
        """Depart unless a condition holds."""
        self._lines += [f"if not ({condition}):", "    raise Departed"]

    def constant(self, value: Any) -> str:
        """Return a new name for a value."""
        name = f"K{len(self._names)}"
        self._names[name] = value
        return name

    def name(self, name: str, value: Any) -> None:
        """Give a value a name of its own."""
        self._names[name] = value

    def run(self, with_keywords: bool, ends: Sequence[str] = (), through: str | None = None) -> None:
        """Run the person's call, and some lines behind it also if it fails.

        Args:
            with_keywords: The call has such.
            ends: The lines.
            through: What runs it, if it is not simply called.
        """
        begin = len(self._lines)
        given = "*args, **kwargs" if with_keywords else "*args"
        self._lines += [
            "try:",
            f"    r = {f'{through}(func, args, kwargs or none)' if through else f'func({given})'}",
            "except BaseException as error:",
            f"    failed({self.number}, error, func, args, kwargs or none, frame)",
            "    raise",
        ]
        if ends:
            self._lines += ["finally:", *(f"    {line}" for line in ends)]
        self._running = begin, len(self._lines)

    def function(self) -> Watch:
        """Return the function."""
        body = "\n    ".join([*self._guarded(), *self._hand_on()])
        head = "def call(mode, func, types, args=(), kwargs=None, frame=None):"
        self._execute(f"{head}\n    frame = frame or above(1)\n    {body}")
        # PyTorch asks that a mode's function is a method of the mode.
        self._names[f"call{self.number}"] = MethodType(self._names["call"], self._names["mode"])
        return self._names[f"call{self.number}"]

    def hook(self, name: str, lines: Sequence[str], beside: str | None = None) -> None:
        """Give a hook on a node, which gets its gradients as `g`, a name; `beside` is what must not see it at work."""
        if beside is not None:
            inner = [f"    {line}" for line in lines]
            lines = [f"{beside}.muted = True", "try:", *inner, "finally:", f"    {beside}.muted = False"]
        body = "\n    ".join(lines)
        self._execute(f"def hook(g):\n    {body}")
        self._names[name] = self._names["hook"]

    def _guarded(self) -> list[str]:
        """Return the lines, with a way out where something differs or fails: never into the person's loop."""
        begin, end = self._running
        before, running, behind = self._lines[:begin], self._lines[begin:end], self._lines[end:]
        lines = ["try:", *(f"    {line}" for line in before), "except Exception:"]
        lines += [f"    return miss({self.number}, func, args, kwargs or none, frame)", *running]
        if behind:
            lines += ["try:", *(f"    {line}" for line in behind), "except Exception:"]
            lines.append(f"    return late({self.number}, func, args, kwargs or none, frame, r)")
        return lines

    def _hand_on(self) -> list[str]:
        if self.number + 1 < self._calls:
            return [f"mode.__torch_function__ = call{self.number + 1}", "return r"]
        return [f"mode.__torch_function__ = {self._then}", "complete()", "return r"]

    def _execute(self, source: str) -> None:
        # A file name among the recorder's own, so that warnings and tracebacks tell this code from the person's.
        exec(compile(source, f"{__file__}:generated", "exec"), self._names)
