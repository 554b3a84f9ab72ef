# ---
# jupyter:
#   kernelspec:
#     name: python3
# ---

# %% [markdown]
# # 4. What backward does
#
# `loss.backward()` is one line, and much happens behind it. Before it `w.grad` and `b.grad` are `None`; after it they
# hold numbers. This chapter shows where the numbers come from, one small multiplication after another, in your own
# recording.

# %%
# Run this cell first, and again when the kernel was restarted.
# No module named 'retrograd'? Then the kernel is another Python's: open the chapter with `retrograd lesson`.
# %load_ext retrograd
from retrograd.lessons import begin; chapter = begin("04_backward")
import retrograd

# %% [markdown] question="first_node"
# **Predict.** While `z` and `loss` were computed, PyTorch noted a *node* for each operation: what has to be done there
# on the way back. Backward runs these nodes one after another. Which one comes first?
#
# - **a** the node of `matmul`, for it was computed first
# - **b** the node of the loss
# - **c** the one that fills `w.grad`, for that is what we want

# %% tags=["answer"]
first_node = ...  # "a", "b" or "c"

# %% [markdown] question="signs"
# **Predict.** All targets are 0. Which sign will the three entries of `b.grad` have? Think of what happens to the loss
# if an entry of `b` grows a little.
#
# - **a** all positive
# - **b** each the sign of its entry of `z`
# - **c** it depends on the random numbers

# %% tags=["answer"]
signs = ...  # "a", "b" or "c"

# %% [markdown] question="rows"
# **Predict.** `w` has five rows of random numbers, and `x` is 1 everywhere. What do the five rows of `w.grad` look like?
#
# - **a** all five are equal
# - **b** all different, like the rows of `w`
# - **c** one row has numbers, the others are zero

# %% tags=["answer"]
rows = ...  # "a", "b" or "c"

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

# %% [markdown]
# Look at the graph in the view, and step with the arrow keys past the line `loss.backward()`: the nodes light up from
# the loss back to `w` and `b`. Under *This event* stand the gradient that comes in, the derivative of this one operation,
# and the gradient that goes out.

# %%
recording

# %%
chapter.check("first_node", recording, first_node)

# %%
chapter.check("signs", recording, signs)

# %%
chapter.check("rows", recording, rows)

# %% [markdown]
# ## The chain rule with numbers
#
# At each node: *incoming gradient × local derivative = outgoing gradient*. What goes out of one node comes into the
# next. That is the chain rule, and there is nothing else to backward. The *local derivative* says how much the result of
# this one operation changes when its input grows a little. For the loss it is $(\sigma(z_i) - y_i)\,/\,3$. For `+ b` it
# is 1: what is added to `b` is added to the sum. For `matmul` it is the entry of `x` that a weight is multiplied by.
#
# Here is the whole way by hand, without `backward`:

# %%
with torch.no_grad():
    G_loss = torch.tensor(1.0)                 # the loss with respect to itself: the start
    G_z = G_loss * (torch.sigmoid(z) - y) / 3  # the node of the loss
    G_b = G_z * 1                              # the node of + hands on to two places: to b,
    G_sum = G_z * 1                            # and to matmul
    G_w = torch.outer(x, G_sum)                # the node of matmul: [i, j] is x[i] * G_sum[j]

print("b.grad is the same:", torch.allclose(b.grad, G_b))
print("w.grad is the same:", torch.allclose(w.grad, G_w))

# %% [markdown]
# That is what you saw in the view, with two remarks. `matmul` is one call and *two* nodes, `SqueezeBackward4` and
# `MmBackward0`: `x` is a vector, so PyTorch makes a matrix with one row of it, multiplies, and takes the extra dimension
# away again. And at the end of each way stands an `AccumulateGrad`, which puts what arrived into `.grad`.
#
# The next cell checks each node of the recording in other ways besides: by its formula, with sixteen
# digits instead of seven, and by small changes.

# %%
from retrograd.lessons.claims import gradients_agree
gradients_agree(recording)

# %% [markdown]
# ## The twin
#
# The same with targets 0.5. Now $\sigma(z) - 0.5$ decides about the sign, so it is that of `z`: where `z` is above 0
# it should become smaller, and where it is below 0, larger.

# %%
# %%record twin
torch.manual_seed(0)
x = torch.ones(5)
y = torch.full((3,), 0.5)
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)

z = torch.matmul(x, w) + b
loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
loss.backward()

print("z:     ", z.detach())
print("b.grad:", b.grad)

# %% [markdown]
# ## Break it
#
# What if you call `backward` on `z`, which has three entries?

# %% tags=["raises-exception"]
# %%record broken
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)
z = torch.matmul(x, w) + b
z.backward()

# %%
retrograd.diagnose(broken)

# %% [markdown]
# PyTorch has to know how much each entry of `z` counts. A loss says that by itself: it is one number. For `z` you can
# say it in a vector. Then backward starts with this vector where it otherwise starts with 1. (A third each would be the
# mean.)

# %%
# %%record vector
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)
z = torch.matmul(x, w) + b
z.backward(torch.tensor([1.0, 10.0, 0.0]))
print(b.grad)

# %% [markdown]
# ## What you saw
#
# Backward runs the nodes from the loss to the leaves, and each one multiplies what comes in by the derivative of its own
# operation. At the end of each way stands an `AccumulateGrad`, which puts what arrived into `.grad`. All five rows of
# `w.grad` are equal, because `x` is 1 everywhere. You will often read that gradients exist only of a single number. It
# is not quite so: `z.backward(v)` works for any shape, and gives the gradient of `(v * z).sum()`. A loss is a single
# number because we want *one* thing to become smaller.
