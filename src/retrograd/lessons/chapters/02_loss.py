# ---
# jupyter:
#   kernelspec:
#     name: python3
# ---

# %% [markdown]
# # 2. The loss
#
# The loss is one number that says how badly the outputs `z` agree with the targets `y`. Learning makes it smaller. Here
# it is the *binary cross-entropy with logits*. This chapter computes it by hand, entry by entry, and shows why it is
# one number and why it takes `z` as it is.

# %%
# Run this cell first, and again when the kernel was restarted.
# No module named 'retrograd'? Then the kernel is another Python's: open the chapter with `retrograd lesson`.
# %load_ext retrograd
from retrograd.lessons import begin; chapter = begin("02_loss")
import retrograd

# %% [markdown] question="at_zero"
# A *logit* is a number that says how strongly the answer is yes: large means yes, negative means no, 0 means neither.
# The *sigmoid* σ(z) = 1 / (1 + e⁻ᶻ) makes a probability of it, a number between 0 and 1. For one entry with the target
# y the loss is
#
# ℓ(z, y) = −( y ln σ(z) + (1 − y) ln(1 − σ(z)) )
#
# and the whole loss is the mean over the entries. Here e = 2.718… and ln is the logarithm that goes with it: ln 1 = 0,
# and the nearer a number is to 0, the further below 0 its ln. So a target of 1 costs little where σ(z) is near 1, and
# much where it is near 0; a target of 0 the other way round.
#
# **Predict.** A model that knows nothing answers z = 0 everywhere, whatever the targets are. How large is its loss?
# (Python can help: `import math`, then `math.log(...)` is ln.)

# %% tags=["answer"]
at_zero = ...  # a number

# %%
# %%record nothing_known
import torch
import torch.nn.functional as F

z = torch.zeros(3)
y = torch.tensor([0.0, 1.0, 0.5])
loss = F.binary_cross_entropy_with_logits(z, y)
print("loss:", loss)

# %%
chapter.check("at_zero", nothing_known, at_zero)

# %% [markdown]
# ## By hand, entry by entry
#
# Now the real `z`. PyTorch's function gives one number. Below it stands the formula, typed as it is written above.

# %%
# %%record
import torch
import torch.nn.functional as F

torch.manual_seed(0)
x = torch.ones(5)
y = torch.zeros(3)
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)

z = torch.matmul(x, w) + b
loss = F.binary_cross_entropy_with_logits(z, y)

sigma = 1 / (1 + torch.exp(-z))
each = -(y * torch.log(sigma) + (1 - y) * torch.log(1 - sigma))
by_hand = each.mean()

print("each:   ", each.tolist())
print("by hand:", by_hand.item())
print("PyTorch:", loss.item())

# the same outputs beside other targets: the twin of this problem
y_twin = torch.full((3,), 0.5)
loss_twin = F.binary_cross_entropy_with_logits(z, y_twin)
print("twin:   ", loss_twin.item())

# %%
recording

# %% [markdown]
# The targets 0 pull every `z` towards −∞: the loss comes ever closer to 0 and never arrives. The targets 0.5 of the
# *twin* pull every `z` towards 0, and there the loss is as small as it can be: ln 2, not 0. We shall watch both problems
# from now on, because mistakes that hide in one of them show in the other.
#
# ## Why one number
#
# Three losses would have to be made smaller at once, and nothing says which matters most. So PyTorch asks for one.
# `backward`, which chapter 4 is about, finds how the loss changes with each weight. Asked for that of three numbers, it
# raises an error. The cell below it asks retrograd: `diagnose` reads a recording. Each mistake that it finds there, it
# shows as a *finding*: what is wrong, in which line, and what cures it.

# %% tags=["raises-exception"]
# %%record three_numbers
z = torch.matmul(x, w) + b
each = -torch.log(1 - torch.sigmoid(z))
each.backward()

# %%
retrograd.diagnose(three_numbers)

# %% [markdown] question="naive"
# ## Why logits
#
# PyTorch's function takes `z`, not σ(z). Why not compute the sigmoid first? Take a model that is very sure and quite
# wrong: z = 200 with the target 0. The exact loss is 200, and its gradient is 1: one more in z costs one more. But
# PyTorch's numbers have about seven digits (their type is `float32`), and every result is rounded to that.
#
# **Predict.** What gradient does the formula give if you type it with the sigmoid first?
#
# - **a** 1, only less exactly
# - **b** 0, since the sigmoid is flat there
# - **c** `nan`: no number at all

# %% tags=["answer"]
naive = ...  # "a", "b" or "c"

# %%
# %%record sure_and_wrong
z = torch.tensor([200.0], requires_grad=True)
y = torch.zeros(1)
sigma = torch.sigmoid(z)
loss = -(y * torch.log(sigma) + (1 - y) * torch.log(1 - sigma)).mean()
loss.backward()
print("loss:", loss.item(), " gradient:", z.grad.item())

# %%
sure_and_wrong

# %%
chapter.check("naive", sure_and_wrong, naive)

# %%
retrograd.diagnose(sure_and_wrong)

# %% [markdown]
# The same in one piece, as PyTorch's function computes it:

# %%
z = torch.tensor([200.0], requires_grad=True)
loss = F.binary_cross_entropy_with_logits(z, torch.zeros(1))
loss.backward()
print("with logits, loss:", loss.item(), " gradient:", z.grad.item())

# %% [markdown] question="floor"
# ## Break it
#
# Someone reads "cross-entropy needs probabilities" and gives the sigmoid to the function that takes logits. No error is
# raised. **Predict.** The outputs are as right as can be: z = −50 for the targets 0. What does this loss say?
#
# - **a** nearly 0, as it should
# - **b** about 0.693, as for a model that knows nothing
# - **c** about 50

# %% tags=["answer"]
floor = ...  # "a", "b" or "c"

# %%
# %%record broken
z = torch.full((3,), -50.0, requires_grad=True)
y = torch.zeros(3)
loss = F.binary_cross_entropy_with_logits(torch.sigmoid(z), y)
loss.backward()
print("loss:", loss.item())

# %%
chapter.check("floor", broken, floor)

# %%
retrograd.diagnose(broken)

# %% [markdown]
# ## What you saw
#
# The loss is a formula that you can type, and PyTorch's number agrees with it, but for the last digits: 1 − σ(z) loses
# some where σ(z) is near 1, and PyTorch's function does not. It is one number, because only one number can be made
# smaller. It takes logits, because σ(200) is rounded to 1, ln(1 − 1) is −∞, and what comes back from there is no
# number. Computed in one piece, the same loss is exact. And a loss that will not fall below ln 2 ≈ 0.693 with targets 0
# has most likely been through the sigmoid twice.
#
# You will often read that the targets of this loss are 0 or 1. It is not quite so: any number between them will do, and
# the twin's 0.5 says "neither".
