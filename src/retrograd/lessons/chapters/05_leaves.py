# ---
# jupyter:
#   kernelspec:
#     name: python3
# ---

# %% [markdown]
# # 5. Leaves, over time
#
# Chapter 0 named the leaves when nothing was computed yet. Now there are results as well, and `w` is changed again and
# again. This chapter follows tensors over time: which of them are leaves, is it the same object, the same memory, and
# how often was it written to?

# %%
# Run this cell first, and again when the kernel was restarted.
# No module named 'retrograd'? Then the kernel is another Python's: open the chapter with `retrograd lesson`.
# %load_ext retrograd
from retrograd.lessons import begin; chapter = begin("05_leaves")
import retrograd

# %% [markdown] question="gradient_of_z"
# **Predict.** Backward computes the gradient of the loss with respect to `z` on its way to `w` and `b`. What does
# `z.grad` give you afterwards?
#
# - **a** this gradient
# - **b** `None`, and a warning
# - **c** an error

# %% tags=["answer"]
gradient_of_z = ...  # "a", "b" or "c"

# %%
# %%record
import torch

torch.manual_seed(0)
x = torch.ones(5)
y = torch.zeros(3)
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)

z = torch.matmul(x, w) + b
loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
loss.backward()

for name, tensor in dict(w=w, b=b, z=z, loss=loss).items():
    print(f"{name:5} leaf: {tensor.is_leaf!s:6} grad_fn: {tensor.grad_fn}")
print("z.grad:", z.grad)

# %% [markdown]
# In the view, step to the node `AddBackward0`: the gradient with respect to `z` comes in there, is handed on, and is
# gone. It would cost memory to keep such gradients of everything. Whoever wants one says so before backward:
# `z.retain_grad()`.

# %%
recording

# %%
chapter.check("gradient_of_z", recording, gradient_of_z)

# %% [markdown] question="leaves"
# ## Six tensors
#
# **Predict.** Here are six ways to get a tensor with `requires_grad`, or from one. How many of the six are leaves?
#
# ```python
# w = torch.randn(5, 3, requires_grad=True)             # made
# z = torch.matmul(x, w)                                # computed
# cut = z.detach()                                      # computed, then detached
# double = w.to(torch.float64)                          # moved to another type
# same = w.to(torch.float32)                            # "moved" to the type that it has
# scaled = torch.randn(5, 3, requires_grad=True) * 0.01 # made smaller
# ```

# %% tags=["answer"]
leaves = ...  # a number

# %%
# %%record six
x = torch.ones(5)
w = torch.randn(5, 3, requires_grad=True)             # made
z = torch.matmul(x, w)                                # computed
cut = z.detach()                                      # computed, then detached
double = w.to(torch.float64)                          # moved to another type
same = w.to(torch.float32)                            # "moved" to the type that it has
scaled = torch.randn(5, 3, requires_grad=True) * 0.01 # made smaller

for name, tensor in dict(w=w, z=z, cut=cut, double=double, same=same, scaled=scaled).items():
    print(f"{name:7} leaf: {tensor.is_leaf!s:6} requires_grad: {tensor.requires_grad!s:6} {tensor.grad_fn}")
print("same is w:", same is w, "   cut has the memory of z:", cut.data_ptr() == z.data_ptr())

# %%
chapter.check("leaves", six, leaves)

# %% [markdown]
# `.to(...)` is an operation like any other if there is something to do, and no operation at all if not. So the same line,
# say `w.to("cuda")` to move a tensor to a graphics card, gives a leaf on one computer and none on another. Moving and
# scaling come first, `requires_grad_()` last.

# %% [markdown] question="version"
# ## The same tensor, three steps later
#
# A line such as `w -= ...` writes *in place*: into the tensor that is there, without making a new one. PyTorch counts how
# often that has happened to each tensor: `w._version`. It is 0 for a new tensor.
#
# **Predict.** The loop below has three steps. What is `w._version` at the end?

# %% tags=["answer"]
version = ...  # a number

# %%
# %%record steps
torch.manual_seed(0)
x = torch.ones(5)
y = torch.zeros(3)
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)
print("before: object", id(w), " memory", w.data_ptr(), " version", w._version)

for step in range(3):
    z = torch.matmul(x, w) + b
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
        b -= 0.1 * b.grad
    w.grad.zero_()
    b.grad.zero_()
    print("step", step, ": object", id(w), " memory", w.data_ptr(), " version", w._version)

# %%
chapter.check("version", steps, version)

# %% [markdown]
# Other numbers, but the same object in the same memory, and a leaf throughout. `z` and `loss` are new in each step. A
# function makes sure of it:

# %%
from retrograd.lessons.claims import leaf_identity
leaf_identity(steps, "w")

# %% [markdown]
# ## Break it
#
# What is the count good for? The derivative of `w ** 2` is `2 * w`, so backward needs `w` as it was. If you overwrite `w`
# in between, PyTorch sees that the version is another, and refuses to compute with wrong numbers:

# %% tags=["raises-exception"]
# %%record caught
w = torch.tensor([2.0], requires_grad=True)
loss = (w ** 2).sum()
with torch.no_grad():
    w.zero_()
loss.backward()

# %% [markdown]
# In old code you see `w.data` in place of `no_grad`. It is the same memory, but the writing is not counted. The gradient
# of $w^2$ at 2 is 4. Look at what you get:

# %%
# %%record hidden
w = torch.tensor([2.0], requires_grad=True)
loss = (w ** 2).sum()
w.data.zero_()
print("version:", w._version)
loss.backward()
print("gradient:", w.grad)

# %%
retrograd.diagnose(caught) + retrograd.diagnose(hidden)

# %% [markdown]
# ## What you saw
#
# `w` stays one leaf in one place, and each update raises its version by one. Results are no leaves, so backward leaves
# their `.grad` at `None`. You will often read that a leaf is a tensor that the user made, and no result of an operation.
# It is not quite so: `z.detach()` is a leaf, and so is `w.to(torch.float32)`, which is `w` itself. And `.data` hides a
# write from PyTorch, so a gradient can be wrong without a word.
