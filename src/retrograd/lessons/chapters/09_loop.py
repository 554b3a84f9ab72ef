# ---
# jupyter:
#   kernelspec:
#     name: python3
# ---

# %% [markdown]
# # 9. Twenty steps
#
# Forward, backward, update, clear, and again. Everything in this loop you know by now, so you can predict what it will
# do: in numbers, twenty steps ahead, before it has run.

# %%
# Run this cell first, and again when the kernel was restarted.
# No module named 'retrograd'? Then the kernel is another Python's: open the chapter with `retrograd lesson`.
# %load_ext retrograd
from retrograd.lessons import begin; chapter = begin("09_loop")
import retrograd

# %% [markdown]
# ## What you need for it
#
# Here is where the loop begins. Only the three numbers of `z` matter. The gradient of each entry of `b`, and of each
# entry of `w` in the same column, is $\sigma(z)/3$. One step takes 0.1 times this from the entry of `b` and from each of
# the five weights in the column. All `x` are 1, so `z` is just the sum of these six, and loses
# $6 \cdot 0.1 \cdot \sigma(z)/3$: **one step takes $0.2\,\sigma(z)$ from `z`**.

# %%
import torch

torch.manual_seed(0)
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)
z = torch.matmul(torch.ones(5), w) + b
print("z at the start:   ", z.tolist())
print("loss at the start:", torch.log(1 + torch.exp(z)).mean().item())

# %% [markdown] question="after_twenty"
# **Predict.** Which loss does the last of twenty steps print, within 10 %? For targets of 0 the loss is the mean of
# $\ln(1 + e^z)$. Work it out with plain Python if you like: change three numbers nineteen times, then take the mean. Or
# guess first, and see how close you come.

# %% tags=["answer"]
after_twenty = ...  # a number

# %%
# %%record
import torch

torch.manual_seed(0)
x = torch.ones(5)
y = torch.zeros(3)
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)
learning_rate = 0.1

for step in range(20):
    # forward
    z = torch.matmul(x, w) + b
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)

    # backward
    loss.backward()

    # update
    with torch.no_grad():
        w -= learning_rate * w.grad
        b -= learning_rate * b.grad

    # clear
    w.grad.zero_()
    b.grad.zero_()

    print(f"step {step:2d}   loss {loss.item():.6f}")

# %%
chapter.check("after_twenty", recording, after_twenty)

# %% [markdown]
# Go through the steps in the view, with the keys PageDown and PageUp. Each one has the same four parts, in the same
# order. Nothing else happens.

# %%
recording

# %%
from retrograd.lessons.claims import cleared_each_step, leaf_identity, loss_falls, updates_equal

print(loss_falls(recording))
print(cleared_each_step(recording))
print(updates_equal(recording, 0.1))
print(leaf_identity(recording, "w"))

# %% [markdown]
# And the twenty steps once more, without `w`, without `b` and without `backward`: the formula from above, on three
# numbers. Eighteen parameters learn here, and they learn three things.

# %%
w_start = torch.tensor(recording.array("w")[0])
b_start = torch.tensor(recording.array("b")[0])
z = (torch.matmul(torch.ones(5), w_start) + b_start).double()
for step, loss in enumerate(recording.loss):
    by_formula = torch.log(1 + torch.exp(z)).mean().item()
    if step in (0, 1, 2, 19):
        print(f"step {step:2d}   recorded {loss:.6f}   by formula {by_formula:.6f}")
    z = z - 0.2 * torch.sigmoid(z)

# %% [markdown] question="too_early"
# ## Break it
#
# The four parts stand in an order. Someone clears right after `backward`, to be on the safe side, and updates then.
# **Predict.** What does the loss do?
#
# - **a** it falls, but more slowly
# - **b** it stays where it was, in every step
# - **c** an error: there is no gradient to use

# %% tags=["answer"]
too_early = ...  # "a", "b" or "c"

# %%
# %%record early
torch.manual_seed(0)
x = torch.ones(5)
y = torch.zeros(3)
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)

for step in range(20):
    z = torch.matmul(x, w) + b
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    w.grad.zero_()
    b.grad.zero_()
    with torch.no_grad():
        w -= learning_rate * w.grad
        b -= learning_rate * b.grad

# %%
chapter.check("too_early", early, too_early)

# %%
print(loss_falls(early))
retrograd.diagnose(early)

# %% [markdown]
# ## The twin
#
# With targets of 0.5 one step takes $0.2\,(\sigma(z) - 0.5)$ from `z`. Near `z = 0` that is nearly nothing. So the loss
# falls more and more slowly here as well, but to another end: it comes to rest at $\ln 2 = 0.6931$, and never goes below.

# %%
# %%record twin
torch.manual_seed(0)
x = torch.ones(5)
y = torch.full((3,), 0.5)
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)

for step in range(20):
    z = torch.matmul(x, w) + b
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    with torch.no_grad():
        w -= learning_rate * w.grad
        b -= learning_rate * b.grad
    w.grad.zero_()
    b.grad.zero_()

print("first loss:", twin.loss[0], "  last loss:", twin.loss[-1])

# %% [markdown]
# ## Write it yourself
#
# To read a loop is not to write one. Do not look up, and write it from memory, in place of the line with `pass`: twenty
# steps, the targets 0, but the learning rate 0.5. Call the weights `w` and the biases `b`. The cell below it says what
# is still wrong, and in which line. (On a page nothing runs. Write the loop into a file `mine.py`; `retrograd run
# mine.py` and `retrograd diagnose mine.retro` then tell you about it.)

# %%
# %%record mine
pass  # your loop

# %%
for said in (loss_falls(mine), cleared_each_step(mine), updates_equal(mine, 0.5), leaf_identity(mine, "w")):
    print(said)

# %% [markdown]
# ## What you saw
#
# A training loop is four parts in an order, and each part has one job. Put two of them the other way round, and the loop
# runs without an error and learns nothing. You will often read that a step of training is forward, backward and update.
# It is not quite so: clearing belongs to it, and it has its own place. There is no magic in the loop, either:
# three numbers and one formula foretell it twenty steps ahead.
