"""What JSON holds of anything: numbers, texts that are cut and can be printed, and trees of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from typing import Any

import numpy as np

from retrograd.views.numbers import json_number
from retrograd.views.text import printable

Plain = dict[str, Any]  # what json.dumps takes

MOST_NAME, MOST_SAID = 200, 4000
"""A longer name or expression, and a longer text of an exception, is cut."""


def plain_of(value: Any) -> Any:
    """Return a tree of what JSON has: of NumPy's numbers too, and of anything else its text."""
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, Mapping):
        return {str(key): plain_of(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_of(entry) for entry in value]
    if isinstance(value, np.ndarray):
        return plain_of(value.tolist())
    if isinstance(value, np.generic):
        return json_number(value.item())
    if value is None or isinstance(value, (bool, int, float)):
        return json_number(value)
    return paragraphs(str(value))


def paragraphs(text: str) -> str:
    """Return a text of several lines, cut, with what cannot be printed written out."""
    return "\n".join(printable(line) for line in text[:MOST_SAID].splitlines())
