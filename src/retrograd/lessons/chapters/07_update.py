# ---
# jupyter:
#   kernelspec:
#     name: python3
# ---

# %% [markdown]
# # 7. The update, in five spellings
#
# Learning is one line: the old weight minus the learning rate times the gradient. You can write this line in many ways,
# and they look alike. They do not all do the same. This chapter tries five.

# %%
# Run this cell first, and again when the kernel was restarted.
# No module named 'retrograd'? Then the kernel is another Python's: open the chapter with `retrograd lesson`.
# %load_ext retrograd
from retrograd.lessons import begin; chapter = begin("07_update")
import retrograd

# %% [markdown] question="first_change"
# ## First spelling: `w -= ...` inside `no_grad`
#
# **Predict.** The learning rate is 0.1, and the targets are 0. In which direction do all entries of `w` move in the first
# step, and how far at most? (An entry of `w.grad` is $\sigma(z) / 3$, and $\sigma$ lies between 0 and 1.)
#
# - **a** down, each by 0.1
# - **b** down, each by less than 0.034
# - **c** some up and some down

# %% tags=["answer"]
first_change = ...  # "a", "b" or "c"

# %%
# %%record
import torch

torch.manual_seed(0)
x = torch.ones(5)
y = torch.zeros(3)
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)
learning_rate = 0.1

for step in range(5):
    z = torch.matmul(x, w) + b
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    with torch.no_grad():
        w -= learning_rate * w.grad
        b -= learning_rate * b.grad
    w.grad = None
    b.grad = None

# %% [markdown]
# Step to the line `w -= learning_rate * w.grad`: `w` before, `w` after, and what was subtracted. Every entry goes its own
# way, with its own gradient.

# %%
recording

# %%
chapter.check("first_change", recording, first_change)

# %%
from retrograd.lessons.claims import leaf_identity, updates_equal
print(updates_equal(recording, 0.1))
print(leaf_identity(recording, "w"))

# %% [markdown] question="rebound"
# ## Second spelling: `w = w - ...` inside `no_grad`
#
# It computes the same numbers. Someone gets an error in the second step, because `w.grad` is `None`, and adds an `if`.
#
# **Predict.** What does this loop do?
#
# - **a** the same as the first one
# - **b** it raises an error
# - **c** no error, and the loss falls, but `w` is frozen after the first step

# %% tags=["answer"]
rebound = ...  # "a", "b" or "c"

# %%
# %%record second
torch.manual_seed(0)
x = torch.ones(5)
y = torch.zeros(3)
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)

for step in range(5):
    z = torch.matmul(x, w) + b
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    with torch.no_grad():
        if w.grad is not None:
            w = w - learning_rate * w.grad
        b -= learning_rate * b.grad
    b.grad = None
    print(f"loss {loss.item():.4f}   w[0, 0] {w[0, 0].item():.6f}   requires_grad {w.requires_grad}")

# %%
chapter.check("rebound", second, rebound)

# %%
print(leaf_identity(second, "w"))
retrograd.diagnose(second)

# %% [markdown] question="tracked"
# ## Third spelling: `w = w - ...` without `no_grad`
#
# Now PyTorch keeps track of the subtraction, so the new `w` is a result and no leaf. Someone adds `w.retain_grad()`, which
# keeps the gradient of a result.
#
# **Predict.** What does this loop do?
#
# - **a** an error in the second step
# - **b** the losses of the first spelling, but each backward is longer than the one before
# - **c** the losses of the first spelling, and nothing else is different

# %% tags=["answer"]
tracked = ...  # "a", "b" or "c"

# %%
# %%record third
torch.manual_seed(0)
x = torch.ones(5)
y = torch.zeros(3)
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)

for step in range(5):
    z = torch.matmul(x, w) + b
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    w = w - learning_rate * w.grad
    b = b - learning_rate * b.grad
    w.retain_grad()
    b.retain_grad()

# %% [markdown]
# Look at the orange part of the bar below the loss, which is backward. Then click into the view, press the End key for
# the last step, and look again.

# %%
third

# %%
chapter.check("tracked", third, tracked)

# %%
retrograd.diagnose(third)

# %% [markdown]
# ## Fourth and fifth spelling: no guard at all, and `.data`
#
# In place and without `no_grad`, PyTorch refuses at once. `.data` is how people wrote it before there was `no_grad`. It
# gives the same numbers here. But it hides the writing from PyTorch, and chapter 5 showed what that can lead to.

# %% tags=["raises-exception"]
# %%record refused
torch.manual_seed(0)
w = torch.randn(5, 3, requires_grad=True)
loss = torch.nn.functional.binary_cross_entropy_with_logits(torch.matmul(torch.ones(5), w), torch.zeros(3))
loss.backward()
w -= learning_rate * w.grad

# %%
# %%record by_data
torch.manual_seed(0)
x = torch.ones(5)
y = torch.zeros(3)
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)

for step in range(5):
    z = torch.matmul(x, w) + b
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    w.data -= learning_rate * w.grad
    b.data -= learning_rate * b.grad
    w.grad = None
    b.grad = None
print("version of w:", w._version)

# %%
print("the same losses:", by_data.loss.tolist() == recording.loss.tolist() == third.loss.tolist())
retrograd.diagnose(refused)

# %% [markdown]
# ## What you saw
#
# Inside `no_grad` and in place, `w` stays the same leaf, and the loop trains. A new tensor under the old name is another
# tensor: the leaf is lost, and with it the gradient. The loss can fall all the same, because `b` still learns, so
# the loss does not tell you. You will often read that without `no_grad` later calls of `backward` fail or give wrong
# gradients. It is not quite so: written in place it raises an error at once, and with `w = w - ...` and `retain_grad`
# the gradients are right, and only the way back grows from step to step.
