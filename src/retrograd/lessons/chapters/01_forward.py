# ---
# jupyter:
#   kernelspec:
#     name: python3
# ---

# %% [markdown]
# # 1. Forward
#
# The model computes three numbers from `x`: one for each target. The formula is *z* = *x* W + *b*. This chapter
# shows which entries of `w` and `b` each of the three numbers is made of.

# %%
# Run this cell first, and again when the kernel was restarted.
# No module named 'retrograd'? Then the kernel is another Python's: open the chapter with `retrograd lesson`.
# %load_ext retrograd
from retrograd.lessons import begin; chapter = begin("01_forward")
import retrograd

# %% [markdown]
# First only the four tensors, so that you can compute before PyTorch does. `torch.manual_seed` makes the random
# numbers the same each time, so they are the same in the two cells that follow.

# %%
# %%record start
import torch

torch.manual_seed(0)
x = torch.ones(5)
y = torch.zeros(3)
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)

# %%
start

# %% [markdown] question="first_z"
# **Predict.** `torch.matmul(x, w)` multiplies each row of `w` with the entry of `x` beside it and adds up each column.
# Here every entry of `x` is 1. Click into the view, press the key → until the last event, and read the numbers of `w`
# and `b`. What will `z[0]` be? Two digits after the point are enough.

# %% tags=["answer"]
first_z = ...  # a number

# %% [markdown] question="depends"
# **Predict.** Which entries of `w` and `b` does `z[0]` depend on?
#
# - **a** all of them
# - **b** the first row of `w`, and `b[0]`
# - **c** the first column of `w`, and `b[0]`

# %% tags=["answer"]
depends = ...  # "a", "b" or "c"

# %%
# %%record
import torch

torch.manual_seed(0)
x = torch.ones(5)
y = torch.zeros(3)
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)

z = torch.matmul(x, w) + b
print("z:", z)

# %%
recording

# %%
chapter.check("first_z", recording, first_z)

# %%
chapter.check("depends", recording, depends)

# %% [markdown]
# Look at the event `torch.matmul(x, w)`: five numbers go in, fifteen weights, and three numbers come out. The shapes
# tell the way: `(5,)` times `(5, 3)` gives `(3,)`. The two fives meet and are added up. The three stays.
#
# You will often read that each element of `z` depends on all entries of `w` and `b`. It is not quite so. Change one
# weight in the second column and see what moves. (`no_grad` tells PyTorch not to keep track; chapter 7 says why.)

# %%
with torch.no_grad():
    w[0, 1] += 1
    print("z before:", z.tolist())
    print("z after: ", (torch.matmul(x, w) + b).tolist())

# %% [markdown]
# ## Break it
#
# The other way round, the two shapes do not meet. This error is loud, and it says the shapes:

# %% tags=["raises-exception"]
torch.matmul(w, x)

# %% [markdown] question="column"
# The next mistake is silent. Someone makes `b` a column: `torch.randn(3, 1)` instead of `torch.randn(3)`.
# **Predict.** What shape has `z` now?
#
# - **a** `(3,)`: only the numbers count
# - **b** `(3, 1)`, the shape of `b`
# - **c** `(3, 3)`: each sum is added to each bias

# %% tags=["answer"]
column = ...  # "a", "b" or "c"

# %%
# %%record broken
b = torch.randn(3, 1, requires_grad=True)
z = torch.matmul(x, w) + b

# %%
broken

# %%
chapter.check("column", broken, column)

# %% [markdown]
# ## What you saw
#
# One number of `z` is one column of `w`, weighted with `x` and added up, plus one bias. Each weight acts on one number
# of `z` only, so each of the three learns on its own here. Shapes that do not meet raise an error where they must be
# equal, and are *broadcast* (repeated until they fit) where an addition allows it. The second kind gives no warning, so
# look at the shape before you look at the numbers.
