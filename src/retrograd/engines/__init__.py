"""Where runs are made: one after another, many at once, or many at once and compiled.

course.py       which program each turn runs
training.py     what a run starts from, and which constants are which number of the person's
meaning.py      whether two turns do the same
standing_in.py  a program with other functions for its operations
flow.py         a turn as a graph without writes
lanes.py        the graph for many runs at once
loop.py         engine `loop`: one run after another, bitwise the script's own numbers
batch.py        engine `batch`: every operation once for all runs that still go on
scalars.py      a turn taken apart into single numbers
kernels.py      these as a function in C++, compiled by PyTorch's own tool chain
fused.py        engine `compiled`: a pool of lanes for that function
choice.py       which engine takes which work, and why
"""
