# ---
# jupyter:
#   kernelspec:
#     name: python3
# ---

# %% [markdown]
# # 15. The same loop in other words
#
# From here on you will meet `torch.nn` and `torch.optim` everywhere. They do nothing new. This chapter writes the loop
# of chapter 9 a second time, with `nn.Linear` and `optim.SGD`, and compares the two recordings event by event.

# %%
# Run this cell first, and again when the kernel was restarted.
# No module named 'retrograd'? Then the kernel is another Python's: open the chapter with `retrograd lesson`.
# %load_ext retrograd
from retrograd.lessons import begin; chapter = begin("15_bridge")
import retrograd

# %% [markdown]
# First the loop as you know it. A copy of the numbers that it begins with is kept for the other one.

# %%
# %%record by_hand
import torch
import torch.nn.functional as F

torch.manual_seed(0)
x = torch.ones(5)
y = torch.zeros(3)
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)
w_start, b_start = w.detach().clone(), b.detach().clone()
learning_rate = 0.1

for step in range(20):
    z = torch.matmul(x, w) + b
    loss = F.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    with torch.no_grad():
        w -= learning_rate * w.grad
        b -= learning_rate * b.grad
    w.grad.zero_()
    b.grad.zero_()

# %% [markdown] question="updates"
# `nn.Linear(5, 3)` holds a weight and a bias and computes x Wᵀ + b. Its weight has the shape (3, 5), a row for each output,
# so our `w` goes in transposed. `optim.SGD` is given the parameters and the rate. Its `step()` takes the place of the two
# updates, its `zero_grad()` that of the two clearings.
#
# **Predict.** One line, `optimizer.step()`. How many updates, in-place writes to a leaf, does each step record?

# %% tags=["answer"]
updates = ...  # a number

# %%
# %%record with_modules
model = torch.nn.Linear(5, 3)
with torch.no_grad():
    model.weight.copy_(w_start.T)  # the same numbers as above
    model.bias.copy_(b_start)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

for step in range(20):
    z = model(x)
    loss = F.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()

# %%
with_modules

# %%
chapter.check("updates", with_modules, updates)

# %% [markdown] question="cleared"
# **Predict.** What is `model.weight.grad` after `optimizer.zero_grad()`?
#
# - **a** zeros, as after `w.grad.zero_()`
# - **b** `None`, as before the first backward
# - **c** the old gradient: it is only marked as used

# %% tags=["answer"]
cleared = ...  # "a", "b" or "c"

# %%
print("model.weight.grad:", model.weight.grad, "   w.grad[0]:", w.grad[0])
chapter.check("cleared", with_modules, cleared)

# %% [markdown]
# Both are a clearing: the next backward begins anew. With `None` it *creates* `.grad`, with zeros it *adds* to
# them. Now the fifth step of both, event by event:

# %%
def names(recording, kind):
    return [event.name for event in recording.steps[4].program.events if event.kind == kind]

for kind in ["forward", "call", "backward", "accumulate", "update", "clear"]:
    print(kind)
    print("    by hand:", *names(by_hand, kind))
    print("    modules:", *names(with_modules, kind))

# %% [markdown]
# One backward call, two accumulations, two updates, two clearings: in both. What differs is *within* them. `linear` is one
# call for the product and the sum, so other nodes lead back: `AddmmBackward0` for both at once, and `TBackward0` for the
# transposed weight. And `step()` writes with `add_`, the rate times −1 within it, where you wrote `sub_`.

# %% [markdown] question="equal"
# **Predict.** Are the twenty losses the same?
#
# - **a** they must be, to the last bit: it is the same mathematics on the same numbers
# - **b** to about six digits; the last bits may differ
# - **c** they drift apart: after 20 steps they differ in the second digit

# %% tags=["answer"]
equal = ...  # "a", "b" or "c"

# %%
apart = abs(by_hand.loss - with_modules.loss)
print("equal to the last bit:", int((apart == 0).sum()), "of 20 losses;  largest difference:", apart.max())

weights, other_weights = by_hand.array("w").transpose(0, 2, 1), with_modules.array("model.weight")
print("weights at the start equal to the last bit:", bool((weights[0] == other_weights[0]).all()))
print("weights later: largest difference", abs(weights - other_weights).max())

# %%
chapter.check("equal", with_modules, equal)

# %% [markdown]
# The mathematics is the same, and so are the numbers that both begin with. But each operation rounds its result, and the
# two loops round in different places: `sub_` subtracts a product that was rounded before, `add_` multiplies and adds at
# once. Such differences are no mistake of either. They stay about as small as one rounding, here. How many of the losses
# differ is luck: it is another number with other seeds, and on other machines.
#
# ## Break it
#
# Someone forgets `zero_grad()`. You know this mistake from chapter 8, and so does `diagnose`:

# %%
# %%record broken
model = torch.nn.Linear(5, 3)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

for step in range(20):
    z = model(x)
    loss = F.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    optimizer.step()

# %%
retrograd.diagnose(broken)

# %% [markdown]
# ## What you saw
#
# A module holds leaves and computes with them. An optimizer holds the same leaves and writes to them, in place, without
# being tracked. Backward, accumulation, update, clearing: nothing else happens in a larger model, only more of it. You will
# often see `zero_grad()` at the top of the loop: before backward it does the same as at the end, for what counts is that
# each update reads gradients of one backward.
#
# This was the last chapter. Record a loop of your own: `retrograd run train.py`, or `%%record` above a cell.
