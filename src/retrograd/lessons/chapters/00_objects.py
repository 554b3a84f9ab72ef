# ---
# jupyter:
#   kernelspec:
#     name: python3
# ---

# %% [markdown]
# # 0. Four tensors
#
# A small problem: five numbers `x` go in and three numbers come out. Each of the three stands for a yes or a no. The
# *targets* `y` say what would have been right. In between stand the *weights* `w`, which the inputs are multiplied by,
# and the *biases* `b`, which are added. To learn means: change `w` and `b` until the answers are right. Nothing else
# changes. This chapter shows the four tensors before anything is computed.
#
# The lesson builds that learning from tensors and one loop, step by step: compute an answer, measure how wrong it is,
# find out which way each weight should move, move it a little, and again. What libraries do for you, such as
# `torch.nn` and `torch.optim`, comes in the last chapter, when you know what is in it.
#
# Every chapter works like this one. You predict, and in a notebook you write your answer in place of the three dots.
# Then you run a cell that is recorded, look at the recording, and check your prediction. A wrong prediction costs
# nothing: the check says why, and you can predict again. The code is plain PyTorch; `%%record` only watches it. (The
# Python that runs a notebook's cells is called its *kernel*. Restart it, and all variables are gone.)

# %%
# Run this cell first, and again when the kernel was restarted.
# No module named 'retrograd'? Then the kernel is another Python's: open the chapter with `retrograd lesson`.
# %load_ext retrograd
from retrograd.lessons import begin; chapter = begin("00_objects")
import retrograd

# %% [markdown] question="leaves"
# **Predict.** The next cell makes four tensors: `x` and `y` with `torch.ones` and `torch.zeros`, `w` and `b` with
# `torch.randn(..., requires_grad=True)`. PyTorch calls a tensor a *leaf* if no computation that it keeps track of made
# it. Which of the four are leaves?
#
# - **a** only `w` and `b`
# - **b** all four
# - **c** none, since a function made each of them

# %% tags=["answer"]
leaves = ...  # "a", "b" or "c"

# %%
# %%record
import torch

torch.manual_seed(0)
x = torch.ones(5)                           # what goes in
y = torch.zeros(3)                          # what should come out: the targets
w = torch.randn(5, 3, requires_grad=True)   # the weights
b = torch.randn(3, requires_grad=True)      # the biases

print("shape, is it a leaf, does it require a gradient")
for tensor in (x, y, w, b):
    print(tuple(tensor.shape), tensor.is_leaf, tensor.requires_grad)

# %% [markdown]
# The view below is the recording. It is made of *events*, one for each thing that happened. Click into it and step from
# event to event with the keys ← and →, or click a line of the code. Under *Tensors* each tensor is a card with its
# shape, its numbers and two properties: `leaf` and `requires_grad`.

# %%
recording

# %%
chapter.check("leaves", recording, leaves)

# %% [markdown]
# ## Two properties, not one
#
# `requires_grad` says: keep track of what is computed from this tensor, because its gradient will be wanted. (The
# *gradient* says for each number of a tensor how much the result changes when that number grows a little.) *Leaf* says:
# the keeping track begins here. A tensor that nobody keeps track of has nothing before it either, so `x` and `y` are
# leaves, too. Only tensors with both properties get their gradient written into `.grad`.

# %% [markdown] question="learnable"
# **Predict.** How many numbers can change while this model learns? Count the entries.

# %% tags=["answer"]
learnable = ...  # a number

# %%
chapter.check("learnable", recording, learnable)

# %% [markdown]
# ## Break it
#
# Many people want smaller weights to begin with and write this:
#
# ```python
# w = torch.randn(5, 3, requires_grad=True) * 0.1
# ```

# %% [markdown] question="scaled_is_leaf"
# **Predict.** What is `w` after this line?
#
# - **a** still a leaf, for `torch.randn` made it
# - **b** no leaf: it is the result of a multiplication, and its gradient will not be written into `w.grad`
# - **c** a leaf with `requires_grad` false

# %% tags=["answer"]
scaled_is_leaf = ...  # "a", "b" or "c"

# %%
# %%record scaled
w = torch.randn(5, 3, requires_grad=True) * 0.1
print("leaf:", w.is_leaf, " requires_grad:", w.requires_grad, " made by:", w.grad_fn)

# %%
scaled

# %%
chapter.check("scaled_is_leaf", scaled, scaled_is_leaf)

# %% [markdown]
# ## What you saw
#
# Four tensors, all of them leaves, two of them with `requires_grad`. You will often read that leaves are the tensors
# that the user creates. It is not quite so: the user created the scaled `w` as well, and it is no leaf. And a result
# can be a leaf: `detach()` gives the same numbers without the memory of how they were made. What counts is whether
# PyTorch keeps track of how the tensor was made. Whoever wants small weights multiplies first and says
# `requires_grad_()` afterwards:

# %%
small = (torch.randn(5, 3) * 0.1).requires_grad_()
print("small is a leaf:", small.is_leaf)
print("a detached result is a leaf:", (small * 2).detach().is_leaf)
