"""What the person calls things: tensors by their variables and modules' parameter paths, numbers by theirs."""

from __future__ import annotations

import ast
import dis
import inspect
import linecache
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from types import CodeType, FrameType
from typing import Any

import torch
from torch import Tensor

from retrograd.recorder.lines import line_at, own_frames

_MOST = 2000
"""So many tensors are named at most in one look; a loop that holds more is named in part."""


def named_tensors(frame: FrameType | None) -> Iterator[tuple[str, Tensor]]:
    """Go through the tensors that the person's code can name now, the innermost names first."""
    spaces: list[dict[str, Any]] = []
    for own in own_frames(frame):
        spaces += [own.f_globals] if own.f_code.co_name == "<module>" else [locals_of(own), own.f_globals]
    return named_in(spaces)


def named_in(spaces: Sequence[dict[str, Any]]) -> Iterator[tuple[str, Tensor]]:
    """Go through the tensors that variables hold, those of the first space first."""
    count = 0
    seen: set[int] = set()
    for space in spaces:
        if id(space) in seen:
            continue
        seen.add(id(space))
        for name, thing in list(space.items()):
            if name.startswith("__"):
                continue
            for found in _inside(name, thing, 0, seen):
                yield found
                count += 1
                if count >= _MOST:
                    return


def _inside(name: str, thing: Any, depth: int, seen: set[int]) -> Iterator[tuple[str, Tensor]]:
    if isinstance(thing, Tensor):
        yield name, thing
        return
    if id(thing) in seen or depth > 3 or isinstance(thing, (type, str, int, float)):
        return
    kind = type(thing)
    if isinstance(thing, torch.nn.Module):
        seen.add(id(thing))
        prefix = "" if name == "self" else f"{name}."
        yield from _module(prefix, thing, seen)
    elif isinstance(thing, torch.optim.Optimizer):
        seen.add(id(thing))
        yield from _optimizer(name, thing)
    elif kind in (list, tuple):
        seen.add(id(thing))
        for number, entry in enumerate(thing[:_MOST]):
            yield from _inside(f"{name}[{number}]", entry, depth + 1, seen)
    elif kind is dict:
        seen.add(id(thing))
        for key, entry in list(thing.items())[:_MOST]:
            if isinstance(key, (str, int)):
                yield from _inside(f"{name}[{key!r}]", entry, depth + 1, seen)
    elif not kind.__module__.startswith(("torch", "builtins", "numpy")) and isinstance(
        getattr(thing, "__dict__", None), dict
    ):
        seen.add(id(thing))
        for attribute, entry in list(vars(thing).items()):
            yield from _inside(f"{name}.{attribute}", entry, depth + 1, seen)


def _module(prefix: str, module: torch.nn.Module, seen: set[int]) -> Iterator[tuple[str, Tensor]]:
    # The dictionaries themselves: named_parameters() may be the person's own method.
    for kind in ("_parameters", "_buffers"):
        for name, tensor in vars(module).get(kind, {}).items():
            if isinstance(tensor, Tensor):
                yield prefix + name, tensor
    for name, inner in vars(module).get("_modules", {}).items():
        if inner is not None and id(inner) not in seen:
            seen.add(id(inner))
            yield from _module(f"{prefix}{name}.", inner, seen)


def locals_of(frame: FrameType) -> dict[str, Any]:
    """Return a copy of a frame's variables, without leaving references to them behind in the frame.

    Before Python 3.13 a function has one dictionary of its variables, which is filled anew when anybody asks for it.
    A function that asks for it itself may have kept it, so nothing is looked at there.
    """
    if sys.version_info >= (3, 13) or not frame.f_code.co_flags & inspect.CO_OPTIMIZED:
        return dict(frame.f_locals)
    if _asks_for_variables(frame.f_code):
        return {}
    known = frame.f_locals
    copied = dict(known)
    if sys.getrefcount(known) <= 3:  # else somebody else has it
        known.clear()
    return copied


@cache
def _asks_for_variables(code: CodeType) -> bool:
    """Return whether a function may get hold of the dictionary of its variables."""
    if _ASKING.isdisjoint(code.co_names):
        return False
    # An attribute of that name is another function: pytest writes one into each assertion.
    found = (i for i in dis.get_instructions(code) if i.argval in _ASKING)
    return any((i.opname == "LOAD_GLOBAL") == (i.argval != "f_locals") for i in found)


_ASKING = frozenset({"locals", "vars", "f_locals"})


def _optimizer(name: str, optimizer: torch.optim.Optimizer) -> Iterator[tuple[str, Tensor]]:
    parameters = (parameter for group in optimizer.param_groups for parameter in group["params"])
    for number, parameter in enumerate(parameters):
        for key, entry in optimizer.state.get(parameter, {}).items():
            if isinstance(entry, Tensor):
                yield f"{name}.state[{number}].{key}", entry


def tensor_named(name: str, frame: FrameType) -> Tensor | None:
    """Return the tensor that a name of `named_tensors` stands for now; None if there is none, or no simple way to it.

    Only plain variables, attributes and entries of lists, tuples and dictionaries are followed: nothing else can be
    looked at without running code of the person's.
    """
    first, *rest = _way(name)
    space = frame.f_globals if frame.f_code.co_name == "<module>" else locals_of(frame)
    thing: Any = space.get(first, frame.f_globals.get(first))
    for is_attribute, key in rest:
        if is_attribute:
            thing = vars(thing).get(key) if isinstance(getattr(thing, "__dict__", None), dict) else None
        elif type(thing) in (list, tuple):
            thing = thing[key] if isinstance(key, int) and key < len(thing) else None
        else:
            thing = thing.get(key) if type(thing) is dict else None
    return thing if isinstance(thing, Tensor) else None


@cache
def _way(name: str) -> tuple[Any, ...]:
    """Return a variable, then for each further part whether it is an attribute, and which attribute or entry."""
    parts: list[Any] = []
    try:
        node = ast.parse(name, mode="eval").body
    except SyntaxError:
        return (name,)
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Attribute):
            parts.append((True, node.attr))
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            parts.append((False, node.slice.value))
        else:
            return (name,)
        node = node.value
    return (node.id, *reversed(parts))


def described(optimizer: torch.optim.Optimizer, own: FrameType) -> str:
    """Return the parameters of each group by their names, and its options: `[w, b] lr=0.1, momentum=0`."""
    names: dict[int, str] = {}
    for name, tensor in named_tensors(own):
        names.setdefault(id(tensor), name)
    groups = []
    for group in optimizer.param_groups:
        parameters = ", ".join(names.get(id(parameter), "?") for parameter in group["params"])
        options = ", ".join(f"{key}={value!r}" for key, value in group.items() if _is_option(value))
        groups.append(f"[{parameters}] {options}")
    return "; ".join(groups)


def _is_option(value: Any) -> bool:
    """Return whether a value is a number, or several as Adam's betas."""
    several = value if isinstance(value, tuple) else (value,)
    return bool(several) and all(isinstance(entry, (bool, int, float)) for entry in several)


def named_numbers(code: CodeType, offset: int, frame: FrameType) -> Iterator[tuple[str, int | float | complex]]:
    """Go through the variables in the expression at work whose values are numbers."""
    for name in _variables(code, offset):
        value = _lookup(name, frame)
        if isinstance(value, (int, float, complex)) and not isinstance(value, bool):
            yield name, value


@cache
def _variables(code: CodeType, offset: int) -> tuple[str, ...]:
    line = line_at(code, offset)
    texts = [linecache.getline(line.file, number) for number in range(line.number, line.end_number + 1)]
    if not texts:
        return ()
    texts[-1] = texts[-1][: line.end_column]
    texts[0] = texts[0][line.column :]
    try:
        tree = ast.parse("(" + "".join(texts) + "\n)")
    except (SyntaxError, ValueError):
        try:
            tree = ast.parse("".join(texts).strip())
        except (SyntaxError, ValueError):
            return ()
    found = (node for node in ast.walk(tree) if isinstance(node, (ast.Name, ast.Attribute)))
    return tuple(dict.fromkeys(ast.unparse(node) for node in found if _is_path(node)))


def _is_path(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _lookup(name: str, frame: FrameType) -> Any:
    first, *rest = name.split(".")
    thing = locals_of(frame).get(first, frame.f_globals.get(first))
    for attribute in rest:
        # Only plain attributes are read: a property of the person's object may do anything.
        space = getattr(thing, "__dict__", None)
        thing = space.get(attribute) if isinstance(space, dict) else None
    return thing
