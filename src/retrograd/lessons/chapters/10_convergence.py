# ---
# jupyter:
#   kernelspec:
#     name: python3
# ---

# %% [markdown]
# # 10. Until the loss is small
#
# Twenty steps made the loss smaller. Now the loop goes on until the loss is at most 0.01, or until 1000 steps are used.
# This chapter looks at the whole way there: how fast the loss falls, and whether there is a place where it stops.

# %%
# Run this cell first, and again when the kernel was restarted.
# No module named 'retrograd'? Then the kernel is another Python's: open the chapter with `retrograd lesson`.
# %load_ext retrograd
from retrograd.lessons import begin; chapter = begin("10_convergence")
import retrograd

# %% [markdown] question="halving"
# **Predict.** With the learning rate 0.1 the loss goes from 0.04 down to 0.02 in roughly 125 steps. How many more steps
# does it take from 0.02 to 0.01?
#
# - **a** about 60: the loop has found its way by then
# - **b** about 125: each halving takes as long as the one before
# - **c** about 250: each halving takes twice as long

# %% tags=["answer"]
halving = ...  # "a", "b" or "c"

# %%
# %%record
import torch
import torch.nn.functional as F

torch.manual_seed(0)
x = torch.ones(5)
y = torch.zeros(3)
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)

learning_rate = 0.1
threshold = 0.01
max_steps = 1000

loss_value = float("inf")
loss_history = []

while loss_value > threshold and len(loss_history) < max_steps:
    z = torch.matmul(x, w) + b
    loss = F.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    with torch.no_grad():
        w -= learning_rate * w.grad
        b -= learning_rate * b.grad
    w.grad.zero_()
    b.grad.zero_()
    loss_value = loss.item()
    loss_history.append(loss_value)

print("steps:", len(loss_history), " last loss:", loss_value)

# %% [markdown]
# `loss.item()` takes the number out of the tensor. The list keeps one plain number for each step. Drag the cursor along
# the loss curve of the view, or plot the list yourself:

# %%
recording

# %%
import matplotlib.pyplot as plt

figure, (plain, logarithmic) = plt.subplots(1, 2, figsize=(10, 3.5))
for axes in (plain, logarithmic):
    axes.plot(loss_history)
    axes.set(xlabel="step", ylabel="loss")
logarithmic.set(yscale="log", title="the same, logarithmic")
plt.show()

# %%
chapter.check("halving", recording, halving)

# %% [markdown]
# On the logarithmic axis equal factors have equal heights. A loss that shrinks by the same factor in every step is a
# straight line there. This one is not: it bends, and becomes flatter and flatter.
#
# ## Why: one line of algebra
#
# The gradient of one `z` is σ(z)/3 (chapter 4). Each of the five weights above it, and its bias, moves by −rate · σ(z)/3.
# All inputs are 1, so `z` itself moves by six times that:
#
# new z = z − 2 · rate · σ(z)
#
# When `z` is far below 0, σ(z) is nearly eᶻ, and so is the loss. So each step moves `z` down by about 2 · rate · loss,
# and that multiplies the loss, which is eᶻ, by about 1 − 2 · rate · loss. (For a small number a, e⁻ᵃ is nearly 1 − a,
# and 1 / (1 − a) is nearly 1 + a: try 0.01.) So 1 / loss is multiplied by about 1 + 2 · rate · loss. That is, it
# *grows* by about 2 · rate, the same in each step. So after many steps
#
# **loss ≈ 1 / (2 · rate · steps)**
#
# Half the loss needs twice the steps. With the rate 0.1, 1 / loss should grow by 0.2 a step. The loss here is a mean of
# three that began in different places, so it comes near to that in the course of time:

# %%
for step in range(0, len(loss_history) - 100, 100):
    growth = (1 / loss_history[step + 100] - 1 / loss_history[step]) / 100
    print(f"steps {step:3} to {step + 100:3}: 1 / loss grows by {growth:.3f} a step")

# %% [markdown] question="to_a_thousandth"
# **Predict.** With the learning rate 0.1, how many steps does it take until the loss is 0.001? Use the formula.

# %% tags=["answer"]
to_a_thousandth = ...  # a number

# %%
chapter.check("to_a_thousandth", recording, to_a_thousandth)

# %% [markdown]
# Nobody has to wait for it. The recorded step is a program, and `sweep` runs it on until another threshold is reached:

# %%
further = retrograd.sweep(recording, learning_rate=0.1, until=0.001, max_steps=20_000)
print("steps:", int(further["steps"].squeeze()))

# %% [markdown] question="minimum"
# The updates become smaller and smaller. **Predict.** Is the loop coming near a minimum, a place where the loss is
# smallest and the gradient is 0?
#
# - **a** yes: the updates become smaller because the minimum is near
# - **b** no: the loss is lower the further `z` goes down, and there is no last place
# - **c** yes, but only a larger learning rate would reach it

# %% tags=["answer"]
minimum = ...  # "a", "b" or "c"

# %%
chapter.check("minimum", recording, minimum)

# %% [markdown] question="twin_end"
# ## The twin has a minimum
#
# With the targets 0.5 the loss is smallest at z = 0, and there it is ln 2 ≈ 0.693. **Predict.** The next cell has another
# `y` and is otherwise the same, with the same stopping condition. How does it end?
#
# - **a** at the threshold, after more steps
# - **b** after all 1000 steps, with a loss of 0.693
# - **c** after all 1000 steps, with a loss that still falls slowly

# %% tags=["answer"]
twin_end = ...  # "a", "b" or "c"

# %%
# %%record twin
torch.manual_seed(0)
y = torch.full((3,), 0.5)
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)

loss_value = float("inf")
twin_history = []

while loss_value > threshold and len(twin_history) < max_steps:
    z = torch.matmul(x, w) + b
    loss = F.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    with torch.no_grad():
        w -= learning_rate * w.grad
        b -= learning_rate * b.grad
    w.grad.zero_()
    b.grad.zero_()
    loss_value = loss.item()
    twin_history.append(loss_value)

print("steps:", len(twin_history), " last loss:", loss_value)

# %%
chapter.check("twin_end", twin, twin_end)

# %% [markdown]
# Without `max_steps` this loop would never end. A stopping condition needs two parts: what you hope for, and how long you
# wait for it. What is left above the minimum shrinks by the same factor in every step, so it is a straight line:

# %%
import math

plt.semilogy(loss_history, label="targets 0: the loss")
plt.semilogy([value - math.log(2) for value in twin_history[:250]], label="twin: the loss above ln 2")
plt.xlabel("step"); plt.legend()
plt.show()

# %% [markdown]
# ## Break it
#
# Someone forgets `.item()`. Ten steps go by without a word:

# %%
# %%record broken
loss_history = []
for step in range(10):
    z = torch.matmul(x, w) + b
    loss = F.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    with torch.no_grad():
        w -= learning_rate * w.grad
        b -= learning_rate * b.grad
    w.grad.zero_()
    b.grad.zero_()
    loss_history.append(loss)

# %%
retrograd.diagnose(broken)

# %% [markdown]
# ## What you saw
#
# You will often read that smaller and smaller improvements show that a minimum is near. It is not quite so: with the
# targets 0 they become smaller and there is no minimum. The loss falls like 1 / (2 · rate · steps), for ever. The twin
# has one, and comes nearer to it by the same factor in each step. Which of the two it is you see on the logarithmic axis:
# a straight line or a bend. And a detail: the last loss in the list was computed *before* the last update, so the
# parameters at the end are one step better than it says.
