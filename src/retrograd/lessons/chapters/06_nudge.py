# ---
# jupyter:
#   kernelspec:
#     name: python3
# ---

# %% [markdown]
# # 6. What a gradient promises
#
# An entry of `w.grad` says how the loss changes if the same entry of `w` grows a little. That is a promise, and you can
# test it: *nudge* one weight, that is, change it a little; compute the loss again; compare. This chapter does so, and
# finds where the promise ends.

# %%
# Run this cell first, and again when the kernel was restarted.
# No module named 'retrograd'? Then the kernel is another Python's: open the chapter with `retrograd lesson`.
# %load_ext retrograd
from retrograd.lessons import begin; chapter = begin("06_nudge")
import retrograd

# %% [markdown]
# First the gradient. Keep the two numbers that are printed: you will need them.

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

print("loss:        ", loss.item())
print("w.grad[0, 0]:", w.grad[0, 0].item())

# %%
recording

# %% [markdown] question="change"
# **Predict.** `w[0, 0]` grows by 0.01, and nothing else changes. By how much does the loss change? Two of the numbers
# above are enough. (In a notebook `0.5 * 3` is an answer, too: Python works it out.)

# %% tags=["answer"]
change = ...  # a number

# %%
# %%record nudge
with torch.no_grad():
    nudged = w.clone()
    nudged[0, 0] += 0.01
    z = torch.matmul(x, nudged) + b
    loss_after = torch.nn.functional.binary_cross_entropy_with_logits(z, y)

print("before:", loss.item())
print("after: ", loss_after.item())

# %%
chapter.check("change", nudge, change)

# %% [markdown] question="far"
# ## A larger nudge
#
# The gradient is the slope at the place where `w` is now. **Predict.** Add 5 to `w[0, 0]`. The gradient promises a change
# of `5 * w.grad[0, 0]`. What is the true change?
#
# - **a** the same: the slope is the slope
# - **b** larger: the loss becomes steeper on the way up
# - **c** smaller

# %% tags=["answer"]
far = ...  # "a", "b" or "c"

# %%
# %%record farther
with torch.no_grad():
    nudged = w.clone()
    nudged[0, 0] += 5.0
    z = torch.matmul(x, nudged) + b
    loss_after = torch.nn.functional.binary_cross_entropy_with_logits(z, y)

print("promised:", 5.0 * w.grad[0, 0].item())
print("true:    ", loss_after.item() - loss.item())

# %%
chapter.check("far", farther, far)

# %% [markdown]
# Now smaller and smaller nudges:

# %%
with torch.no_grad():
    for size in (5.0, 1.0, 0.1, 0.01, 1e-9):
        nudged = w.clone()
        nudged[0, 0] += size
        z = torch.matmul(x, nudged) + b
        after = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
        promised, true = size * w.grad[0, 0].item(), after.item() - loss.item()
        print(f"nudge {size:6g}   promised {promised:12.4e}   true {true:12.4e}")

# %% [markdown]
# The smaller the nudge, the better the promise. Then look at the last line. A nudge of 0.000000001 gives nothing at
# all: the numbers have about seven digits, so the sum is rounded back to what it was. The promise is about small
# nudges, and to test it takes nudges that are not too small.

# %% [markdown]
# ## The twin
#
# With targets of 0.5 the loss has a lowest place: `z = 0`. Put `w` and `b` there. The gradient is exactly 0, so it
# promises that nothing changes. In fact something does, whichever way you go, and always for the worse. That is what a
# minimum is. Compare the lines: a nudge ten times as large changes the loss a hundred times as much. Where the gradient
# is 0, what is left goes with the *square* of the nudge.

# %%
# %%record twin
x = torch.ones(5)
y = torch.full((3,), 0.5)
w = torch.zeros(5, 3, requires_grad=True)
b = torch.zeros(3, requires_grad=True)

z = torch.matmul(x, w) + b
loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
loss.backward()
print("largest entry of w.grad:", w.grad.abs().max().item())

with torch.no_grad():
    for size in (-0.1, -0.01, 0.01, 0.1):
        nudged = w.clone()
        nudged[0, 0] += size
        z = torch.matmul(x, nudged) + b
        change_true = torch.nn.functional.binary_cross_entropy_with_logits(z, y) - loss
        print(f"nudge {size:5}   true change {change_true.item():.1e}")

# %% [markdown]
# ## Break it
#
# What if you compare with the gradient of the *sum* of the three losses instead of their mean? Then the gradient
# promises three times what happens. Such a factor is the most common mistake in gradients that are written by hand, and
# a nudge finds it:

# %%
# %%record summed
x = torch.ones(5)
y = torch.zeros(3)
w = torch.zeros(5, 3, requires_grad=True)
b = torch.zeros(3, requires_grad=True)

z = torch.matmul(x, w) + b
total = torch.nn.functional.binary_cross_entropy_with_logits(z, y, reduction="sum")
total.backward()

with torch.no_grad():
    nudged = w.clone()
    nudged[0, 0] += 0.01
    before = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
    z = torch.matmul(x, nudged) + b
    after = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
print("promised:", 0.01 * w.grad[0, 0].item(), "  true:", (after - before).item())

# %% [markdown]
# retrograd does the same with every entry and every node of a recording: it nudges in double precision, where seven
# digits become sixteen, and compares.

# %%
from retrograd.lessons.claims import gradients_agree
gradients_agree(recording)

# %% [markdown]
# ## What you saw
#
# A gradient has the shape of its parameter, because each weight has its own promise: *nudge times gradient*, for small
# nudges. The sign says which way the loss grows. For large ones the promise fails: the slope itself changes on the way.
# You will often read that the gradient says how the loss changes if a weight is increased. It is not quite so: it says how
# *fast* the loss changes, at this one place. How far you may trust it is a question of its own, and it has the name
# *learning rate*.
