"""Where runs are made: one after another, many at once, or many at once and compiled.

course.py       which program each turn runs
training.py     which turns belong to it, and which constants are which number of the person's
computed.py     which of their numbers are computed from others
options.py      what PyTorch's optimizers make of their options in each turn
starts.py       what runs start from
meaning.py      whether two turns do the same
flow.py         a turn as a graph without writes
lanes.py        the graph for many runs at once
rules.py        how its operations are written
loop.py         engine `loop`: one run after another, bitwise the script's own numbers
devices.py      the CPU, or a GPU for the engine `batch`
batch.py        engine `batch`: every operation once for all runs that still go on
pool.py         engine `compiled`: a pool of lanes that is filled up as runs finish
occupants.py    lanes, and the runs in them
opening.py      its first turns, operation by operation
compiling.py    its further turns, in one of two forms
constants.py    what is the same in all of them
scalars.py      a small turn taken apart into single numbers
unrolled.py     these in C++, one line for each
lowering.py     a larger turn as nests of loops over its tensors
building.py     how nests are built
nests.py        what nests are
plans.py        which of them share their loops, and what is kept of what lies between
looped.py       these in C++
forms.py        how an operation on vectors is written
kernels.py      the loops round a turn
toolchain.py    the compiler
cache.py        what is kept on disk from one process to the next
keeping.py      graphs, as they are kept there
choice.py       which engine takes which work, and why
"""
