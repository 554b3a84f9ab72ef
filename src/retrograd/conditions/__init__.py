"""When the person's loop ends, and whether it decides anything else by a value: read from its source.

A recording holds what happened in the turns. What the loop's own `while` compares is no operation of PyTorch, so it is
read in the source that the recording keeps. What cannot be read is said, never passed over.

source.py      the loop in its source: its lines, its numbers, which variables hold the loss, which hold other values
ends.py        when it ends: at a loss, after so many turns, or by something that cannot be read
decisions.py   whether an `if` on a value, or a number made of one, decides what a turn does
"""

from __future__ import annotations

from retrograd.conditions.decisions import refuse_decisions as refuse_decisions
from retrograd.conditions.decisions import refuse_numbers_from_values as refuse_numbers_from_values
from retrograd.conditions.ends import Condition as Condition
from retrograd.conditions.ends import Unread as Unread
from retrograd.conditions.ends import condition_of as condition_of
