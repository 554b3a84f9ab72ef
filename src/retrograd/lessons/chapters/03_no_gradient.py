# ---
# jupyter:
#   kernelspec:
#     name: python3
# ---

# %% [markdown]
# # 3. No gradient yet
#
# The loss is computed. The numbers that are there determine every gradient that learning needs. But nobody has called
# `backward` yet. This chapter shows what there is at this moment, and what there is not.

# %%
# Run this cell first, and again when the kernel was restarted.
# No module named 'retrograd'? Then the kernel is another Python's: open the chapter with `retrograd lesson`.
# %load_ext retrograd
from retrograd.lessons import begin; chapter = begin("03_no_gradient")
import retrograd

# %% [markdown] question="before_backward"
# **Predict.** The next cell computes `z` and `loss`, then prints `w.grad`. What does it print?
#
# - **a** fifteen zeros: nothing has been added yet
# - **b** `None`: there is no gradient
# - **c** the gradient: PyTorch computed it beside the loss

# %% tags=["answer"]
before_backward = ...  # "a", "b" or "c"

# %% [markdown] question="what_exists"
# **Predict.** And what does PyTorch keep at this moment, besides the numbers?
#
# - **a** nothing; it will look at the code again
# - **b** the way back: which operation made each result, and from which tensors
# - **c** for every operation, how much its result changes with its inputs, as numbers

# %% tags=["answer"]
what_exists = ...  # "a", "b" or "c"

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

print("gradient of w before backward:", w.grad)
print("gradient of b before backward:", b.grad)
print("but the loss knows what made it:", loss.grad_fn)
print("and that knows what came before:", loss.grad_fn.next_functions)

# %%
recording

# %%
chapter.check("before_backward", recording, before_backward)

# %%
chapter.check("what_exists", recording, what_exists)

# %% [markdown]
# Look at the timeline, the coloured bar at the top of the view: there is *forward*, and there is nothing of *backward*.
# The *graph*, which says what each result was made from, is drawn already. No number runs along it from right to left
# yet.
#
# ## Break it
#
# Clearing a gradient that is not there. `None` is not a tensor of zeros:

# %% tags=["raises-exception"]
# %%record cleared_too_soon
z = torch.matmul(x, w) + b
w.grad.zero_()

# %% [markdown] question="without_tracking"
# ## Break it again
#
# `torch.no_grad()` tells PyTorch to compute without remembering the way back. Someone puts the forward pass into it.
# **Predict.** Which line raises an error?
#
# - **a** the first one inside: `w` requires a gradient, so it may not be used there
# - **b** `loss.backward()`: only then does anybody ask for the way back
# - **c** none; the gradients are zero

# %% tags=["answer"]
without_tracking = ...  # "a", "b" or "c"

# %% tags=["raises-exception"]
# %%record broken
with torch.no_grad():
    z = torch.matmul(x, w) + b
    loss = F.binary_cross_entropy_with_logits(z, y)
print("loss:", loss.item(), " made by:", loss.grad_fn)
loss.backward()

# %%
broken

# %%
chapter.check("without_tracking", broken, without_tracking)

# %%
retrograd.diagnose(broken)

# %% [markdown]
# ## What you saw
#
# PyTorch computes a gradient when it is asked to, not before. Until `backward` is called, `.grad` is `None`. That is
# another state than zero: it says that no gradient is there. What exists is the way back, one `grad_fn` behind another.
# It is built while the forward pass runs, and only if PyTorch is allowed to remember. A forward pass inside `no_grad`
# gives the same numbers, and the error comes much later.
