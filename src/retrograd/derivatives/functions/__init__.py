"""The functions that formulas are written with, on arrays and on `Rounded` numbers. Each is named as a formula says it.

elementwise.py   of each entry by itself
shapes.py        shapes, and sums over dimensions
places.py        entries taken from places, and put there
windows.py       convolution and pooling
layers.py        what layers and losses are made of

A formula's argument is an array, a `Rounded`, a number, a list of these, or None for what is left out: hence `Any`.
"""

from __future__ import annotations

import math
from typing import Any

from retrograd.derivatives.functions import elementwise, layers, places, shapes, windows

NOT_FOR_FORMULAS = {"TooLargeError", "function"}


def _functions_of(module: Any) -> dict[str, Any]:  # modules have no type that knows their names
    own = {name: value for name, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__}
    return {name: value for name, value in own.items() if name[0] != "_" and name not in NOT_FOR_FORMULAS}


FUNCTIONS: dict[str, Any] = {
    **_functions_of(elementwise),
    **_functions_of(shapes),
    **_functions_of(places),
    **_functions_of(windows),
    **_functions_of(layers),
    "pi": math.pi,
    "inf": math.inf,
}
"""What a formula may use, by name: the functions of these modules, π and ∞."""
