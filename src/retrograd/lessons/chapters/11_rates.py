# ---
# jupyter:
#   kernelspec:
#     name: python3
# ---

# %% [markdown]
# # 11. Six learning rates
#
# The loop had the learning rate 0.1. What would others have done? First six of them as anybody would try them, in a loop
# around the loop, on both problems. Then many more, computed from a recording of one.

# %%
# Run this cell first, and again when the kernel was restarted.
# No module named 'retrograd'? Then the kernel is another Python's: open the chapter with `retrograd lesson`.
# %load_ext retrograd
from retrograd.lessons import begin; chapter = begin("11_rates")
import retrograd

# %% [markdown] question="which_fail"
# **Predict.** The targets are 0, each loop ends at a loss of 0.01 or after 1000 steps. Which of the rates 0.001, 0.01,
# 0.1, 1, 10 and 100 do *not* reach 0.01? (Chapter 10: steps ≈ 1 / (2 · rate · loss).)
#
# - **a** 0.001 and 0.01
# - **b** 10 and 100: such steps jump over the goal
# - **c** 0.001, 0.01, 10 and 100: too small and too large

# %% tags=["answer"]
which_fail = ...  # "a", "b" or "c"

# %%
# %%record six
import torch
import torch.nn.functional as F

torch.manual_seed(0)
x = torch.ones(5)
y = torch.zeros(3)
threshold = 0.01
max_steps = 1000

for lr in [0.001, 0.01, 0.1, 1.0, 10.0, 100.0]:
    w = torch.randn(5, 3, requires_grad=True)
    b = torch.randn(3, requires_grad=True)
    losses = []

    while (not losses or losses[-1] > threshold) and len(losses) < max_steps:
        z = torch.matmul(x, w) + b
        loss = F.binary_cross_entropy_with_logits(z, y)
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
        w.grad.zero_()
        b.grad.zero_()
        losses.append(loss.item())

    print(f"rate {lr:7}  first loss {losses[0]:.4f}  last loss {losses[-1]:.4f}  steps {len(losses)}")

# %%
chapter.check("which_fail", six, which_fail)

# %% [markdown] question="same_start"
# ## Identical conditions?
#
# Such a comparison is often said to be made *under identical conditions*, for `w` and `b` are made anew for each rate.
# **Look** at the column *first loss*: it was computed before any update. What does it say?
#
# - **a** the conditions are identical: there is one seed, and the same two lines make `w` and `b` each time
# - **b** each rate began somewhere else, so two rates differ by their luck as well
# - **c** the first losses differ because the learning rates do

# %% tags=["answer"]
same_start = ...  # "a", "b" or "c"

# %%
chapter.check("same_start", six, same_start)

# %% [markdown]
# A seed fixes the *sequence* of numbers that `torch.randn` draws, and each call takes the next ones. The conditions are
# identical if the seed is set for each rate, just before the drawing.

# %% [markdown] question="twin_fails"
# ## The same six on the twin
#
# Now the targets are 0.5, and the loop ends at a loss of ln 2 + 0.01, a little above the lowest one there is. The seed is
# set where it belongs. **Predict.** Which rates do not get there in 1000 steps?
#
# - **a** only 0.001
# - **b** only 10 and 100
# - **c** 0.001, 10 and 100

# %% tags=["answer"]
twin_fails = ...  # "a", "b" or "c"

# %%
# %%record twin
import math

y = torch.full((3,), 0.5)
threshold = math.log(2) + 0.01

for lr in [0.001, 0.01, 0.1, 1.0, 10.0, 100.0]:
    torch.manual_seed(0)
    w = torch.randn(5, 3, requires_grad=True)
    b = torch.randn(3, requires_grad=True)
    losses = []

    while (not losses or losses[-1] > threshold) and len(losses) < max_steps:
        z = torch.matmul(x, w) + b
        loss = F.binary_cross_entropy_with_logits(z, y)
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
        w.grad.zero_()
        b.grad.zero_()
        losses.append(loss.item())

    print(f"rate {lr:7}  first loss {losses[0]:.4f}  last loss {losses[-1]:.4f}  steps {len(losses)}")

# %%
chapter.check("twin_fails", twin, twin_fails)

# %% [markdown] question="tenth"
# ## Many rates from one recording
#
# Six values leave gaps. The next cell records *one* loop, with the rate 0.1. What the recording holds of a step can be run
# again with another rate: that is a *sweep*. **Predict.** Among small rates, how many times as many steps does a tenth of
# the rate need?

# %% tags=["answer"]
tenth = ...  # a number

# %%
# %%record
torch.manual_seed(0)
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)
learning_rate = 0.1
loss_value = float("inf")

while loss_value > threshold:
    z = torch.matmul(x, w) + b
    loss = F.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    with torch.no_grad():
        w -= learning_rate * w.grad
        b -= learning_rate * b.grad
    w.grad.zero_()
    b.grad.zero_()
    loss_value = loss.item()

# %%
from retrograd.plots import sweep_figure

# 80 rates from 0.01 to 100, each larger than the one before by the same factor
rates = "0.01:100:80"
result = retrograd.sweep(recording, learning_rate=rates, until=threshold, max_steps=1000)
sweep_figure(result)

# %%
chapter.check("tenth", recording, tenth)

# %% [markdown]
# On the left the points lie on a straight line, dotted: steps × rate is the same for all of them. Small steps all follow
# one path, and a smaller rate only cuts it into more pieces. On the right there is an edge. Beyond it no number of steps
# is enough: the loop jumps from one side of the minimum to the other, for ever. The dashed line is where the edge was
# predicted from the shape of the loss at the start. Chapter 12 finds the exact place.
#
# The same sweep with the targets 0, in one line: `replay` puts other targets into the recorded loop.

# %%
zeros = retrograd.replay(recording, y=torch.zeros(3))
sweep_figure(retrograd.sweep(zeros, learning_rate=rates, until=0.01, max_steps=20_000))

# %% [markdown]
# No edge, for there is no minimum to jump over. No larger rate is slower, until two steps are enough: one to jump, one
# to see that the loss is small. The dashed line says where the edge would be if the loss had a minimum shaped like the
# place where the loop starts.
#
# ## Break it
#
# The rate 10 alone, on the twin. No error, no warning, and the loss is an ordinary number:

# %%
# %%record broken
torch.manual_seed(0)
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)
learning_rate = 10.0

for step in range(40):
    z = torch.matmul(x, w) + b
    loss = F.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    with torch.no_grad():
        w -= learning_rate * w.grad
        b -= learning_rate * b.grad
    w.grad.zero_()
    b.grad.zero_()

# %%
broken

# %%
retrograd.diagnose(broken)

# %% [markdown]
# ## What you saw
#
# With the targets 0 small rates are merely slow, and no rate is too large. That is a property of this problem, not of
# learning rates: another number in `y`, and rates from some edge on never arrive. Whoever compares rates draws the same
# start for each; a seed above the loop does not do it. And rates are best looked at on a logarithmic axis: a tenth of the
# rate takes ten times the steps, until the edge comes near.
#
# You will often read that the usual rates are 0.1, 0.01 and 0.001. It is not quite so: what is usual depends on the
# problem. Here 1 is better than each of them, on both.
