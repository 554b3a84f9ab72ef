# ---
# jupyter:
#   kernelspec:
#     name: python3
# ---

# %% [markdown]
# # 12. The limit of the learning rate
#
# On the twin, rates from some edge on never arrive. This chapter finds the edge: first what happens on either side of it,
# for one number instead of eighteen, then where exactly it lies, and why other problems have other limits.

# %%
# Run this cell first, and again when the kernel was restarted.
# No module named 'retrograd'? Then the kernel is another Python's: open the chapter with `retrograd lesson`.
# %load_ext retrograd
from retrograd.lessons import begin; chapter = begin("12_limit")
import retrograd

# %% [markdown] question="jumps"
# The twin moves each `z` by itself (chapter 10): new z = z − 2 · rate · (σ(z) − 0.5). So one `z` is enough. The loss below
# is taken twice, for the weights and the bias together move `z` twice as far as its own gradient would.
#
# **Predict.** The minimum is at z = 0. The rate is 3. How does `z` go there?
#
# - **a** straight: each step is shorter, always from the same side
# - **b** it jumps over 0 and back in each step, and comes to rest all the same
# - **c** it jumps over 0 and back, for ever

# %% tags=["answer"]
jumps = ...  # "a", "b" or "c"

# %%
# %%record three
import torch
import torch.nn.functional as F

torch.manual_seed(0)
z = torch.randn(1, requires_grad=True)
y = torch.full((1,), 0.5)
learning_rate = 3.0

for step in range(30):
    loss = 2 * F.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    with torch.no_grad():
        z -= learning_rate * z.grad
    z.grad.zero_()
    if step < 6 or step == 29:
        print(f"step {step:2}  z = {z.item():+.6f}")

# %%
three

# %%
chapter.check("jumps", three, jumps)

# %% [markdown]
# `replay` runs the recorded steps with another rate. Three kinds of ways to go, one after another:

# %%
for rate in [1.0, 3.0, 5.0]:
    path = retrograd.replay(three, learning_rate=rate, steps=40).array("z")[:, 0]
    print(f"rate {rate}:", *(f"{value:+.3f}" for value in path[[0, 1, 2, 3, 4, 5, 38, 39]]))

# %% [markdown]
# With 1 it goes straight to 0, with 3 from side to side and to 0, with 5 from side to side and never to 0. The picture
# shows why. The usual words for it are a walk down into a valley: short steps are slow, and long ones land on the other
# side. Here is that walk with its numbers. The curve says where a step leads to, from each `z`. From there go across to
# the diagonal, and the next step begins. The path is a staircase, a spiral inwards, or a spiral that ends in a square.

# %%
import math
import matplotlib.pyplot as plt

figure, panels = plt.subplots(1, 3, figsize=(12, 4))
line = torch.linspace(-4, 4, 200)

for axes, rate in zip(panels, [1.0, 3.0, 5.0]):
    axes.plot(line, line - 2 * rate * (torch.sigmoid(line) - 0.5), label="next z")
    axes.plot(line, line, color="grey", label="the same z")
    here, points = 3.0, [(3.0, 3.0)]
    for _ in range(20):
        there = here - 2 * rate * (1 / (1 + math.exp(-here)) - 0.5)
        points += [(here, there), (there, there)]
        here = there
    axes.plot(*zip(*points), color="crimson", linewidth=1)
    axes.set(title=f"rate {rate}", xlabel="z"); axes.legend()
plt.show()

# %% [markdown] question="edge"
# ## Where is the edge?
#
# Close to 0 the sigmoid is a straight line with the slope ¼: σ(z) − 0.5 ≈ z/4. So there
#
# new z = z − 2 · rate · z/4 = (1 − rate/2) · z
#
# Each step multiplies `z` by 1 − rate/2. **Predict.** Up to which rate does `z` come to rest at 0?

# %% tags=["answer"]
edge = ...  # a number

# %%
chapter.check("edge", three, edge)

# %%
for rate in [3.9, 4.1]:
    path = retrograd.replay(three, learning_rate=rate, steps=400).array("z")[:, 0]
    print(f"rate {rate}: after 400 steps z = {path[-1]:+.6f}, one step before {path[-2]:+.6f}")

# %% [markdown]
# ## The same number from any recording
#
# How fast the slope changes is called the *curvature*. Here the slope of the loss is 2(σ(z) − 0.5), and at 0 it changes by
# ½ for each 1 that `z` moves. The limit is **2 / curvature**. With many parameters each direction has its own
# curvature, and the largest one sets the limit. `curvature_of` finds it for a step of a recording:

# %%
from retrograd.curvature import curvature_of

for row in curvature_of(three, [0, -1]).rows:
    print(f"step {row.step:2}: curvature {row.largest:.6f}, limit {row.limit:.6f}")

# %% [markdown]
# At the start `z` is not at the minimum, the loss is flatter there, and the limit that it would have is larger. What
# counts is the limit at the minimum. Beyond it the loop still does not run away: far from 0 the sigmoid is flat, and
# the steps cannot become longer than the rate. So it swings.

# %% [markdown] question="slow"
# ## Another problem, another limit
#
# The prices of five flats: so much for a square metre, plus so much for a room. Square metres are in the hundreds, rooms
# are a few. The loss is the mean of the squares of the errors. The limit will turn out to be near 0.00002.
# **Predict.** With a rate just below it, what happens in 5000 steps?
#
# - **a** both prices are found exactly; the limit is the best rate
# - **b** the price of a square metre is found, and the price of a room is still wrong
# - **c** neither is found

# %% tags=["answer"]
slow = ...  # "a", "b" or "c"

# %%
# %%record prices
size = torch.tensor([353.0, 232.0, 205.0, 136.0, 148.0])
rooms = torch.tensor([3.0, 5.0, 2.0, 8.0, 4.0])
x = torch.stack([size, rooms], dim=1)
y = torch.matmul(x, torch.tensor([2.0, 10.0]))  # 2 a square metre, 10 a room
w = torch.zeros(2, requires_grad=True)
learning_rate = 1e-5

for step in range(20):
    loss = F.mse_loss(torch.matmul(x, w), y)
    loss.backward()
    with torch.no_grad():
        w -= learning_rate * w.grad
    w.grad.zero_()

# %%
limit = curvature_of(prices, [-1]).rows[0].limit
print(f"limit: {limit:.4e}")
for factor in [0.99, 1.01]:
    run = retrograd.replay(prices, learning_rate=factor * limit, steps=1000)
    print(f"{factor} of the limit: loss {run.loss[0]:.0f}, then {run.loss[100]:.3g} and {run.loss[-1]:.3g}")

long = retrograd.replay(prices, learning_rate=0.99 * limit, steps=5000)
print("below the limit, after 5000 steps:", long.array("w")[-1])

# %%
chapter.check("slow", prices, slow)

# %% [markdown]
# This loss has the same curvature everywhere, so here too large a rate really runs away: the loss grows by the same factor
# in each step, until no number is large enough for it. And the curvatures of the two directions differ
# by a factor of more than 5000. The steep one sets the limit, and with such a small rate the flat one takes for ever.
# Divide each column of `x` by its largest entry, and of the 5000 a factor of 8 is left.
#
# ## Break it
#
# A rate just beyond the limit of the prices. No error is raised:

# %%
# %%record broken
w = torch.zeros(2, requires_grad=True)
learning_rate = 2e-5

for step in range(40):
    loss = F.mse_loss(torch.matmul(x, w), y)
    loss.backward()
    with torch.no_grad():
        w -= learning_rate * w.grad
    w.grad.zero_()

# %%
retrograd.diagnose(broken)

# %% [markdown]
# The finding does not name the rate but what makes it too large: one column of `x` is fifty times as large as the other.

# %% [markdown] question="behind_relu"
# ## One weight behind `relu`
#
# One weight learns to double its input. `relu` gives back what it gets, but 0 for everything below 0. As long as `w` is
# above 0, the loss is 7.5 · (w − 2)², since 7.5 is the mean of the squares of `x`. Its slope is 15 · (w − 2), so the
# limit is 2/15 ≈ 0.13. `w` begins at 3, and the rate is 0.25.
# **Predict.** How does the loss end?
#
# - **a** it grows without end, as that of the prices did
# - **b** it swings for ever, as that of the twin did
# - **c** it comes to rest, far above 0

# %% tags=["answer"]
behind_relu = ...  # "a", "b" or "c"

# %%
# %%record single
x = torch.tensor([1.0, 2.0, 3.0, 4.0])
y = 2 * x
w = torch.tensor(3.0, requires_grad=True)
learning_rate = 0.25

for step in range(40):
    loss = F.mse_loss(torch.relu(w * x), y)
    loss.backward()
    with torch.no_grad():
        w -= learning_rate * w.grad
    w.grad.zero_()
    if step in (0, 1, 39):
        print(f"step {step:2}  loss {loss.item():.2f}  then w = {w.item():.2f}")

# %%
chapter.check("behind_relu", single, behind_relu)

# %%
retrograd.diagnose(single)

# %% [markdown]
# A loop that is at rest has not always learned. What tells is how well it answers for inputs that it has *not* learned
# from: how well it *generalises*. Here are two such inputs, with four rates:

# %%
unseen = torch.tensor([5.0, 6.0])
for rate in [0.02, 0.05, 0.13, 0.25]:
    learned = retrograd.replay(single, learning_rate=rate, steps=400).array("w")[-1].item()
    five, six = torch.relu(learned * unseen).tolist()
    print(f"rate {rate}: w = {learned:.4f}, for 5 it answers {five:.4f}, for 6 {six:.4f}")

# %% [markdown]
# You will often read that too large rates lead to solutions that generalise poorly, and that smaller ones are safer. The
# second is so: here each rate below the limit arrives. The first is not quite so: below the limit the largest answers as
# well as the smallest. How well a loop generalises is seen on such inputs, not in its rate.
#
# ## What you saw
#
# Small rates go straight to the minimum, larger ones from side to side, and from the limit on they never arrive. The limit
# is a number, 2 divided by the largest curvature at the minimum: 4 for the twin, 0.00002 for the prices. You will often
# read that a larger rate is faster until it is too large. It is not quite so: on the twin, near the minimum, 2 is the
# fastest, since 1 − 2/2 = 0, and from there to 4 it becomes slower again.
