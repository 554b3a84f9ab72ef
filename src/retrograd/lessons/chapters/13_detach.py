# ---
# jupyter:
#   kernelspec:
#     name: python3
# ---

# %% [markdown]
# # 13. What remembers, and how to forget
#
# A tensor that was computed remembers how. This chapter follows that memory from the loss back to the leaves, reads the
# names in it, and then cuts it, on purpose and by mistake.

# %%
# Run this cell first, and again when the kernel was restarted.
# No module named 'retrograd'? Then the kernel is another Python's: open the chapter with `retrograd lesson`.
# %load_ext retrograd
from retrograd.lessons import begin; chapter = begin("13_detach")
import retrograd

# %% [markdown] question="last_operation"
# `z.grad_fn` is the node of the graph that knows how to go backwards through the operation that made `z`.
# **Predict.** The line is `z = torch.matmul(x, w) + b`. Which operation does `z.grad_fn` belong to?
#
# - **a** the multiplication, for it comes first
# - **b** the addition, for it made `z`
# - **c** both: it is one line

# %% tags=["answer"]
last_operation = ...  # "a", "b" or "c"

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

print("z.grad_fn:   ", z.grad_fn)
print("loss.grad_fn:", loss.grad_fn)
print("w.grad_fn:   ", w.grad_fn)
print("b.grad_fn:   ", b.grad_fn)

loss.backward()

# %%
recording

# %%
chapter.check("last_operation", recording, last_operation)

# %% [markdown]
# `w` and `b` are leaves, so their `grad_fn` is `None`: nothing made them that is remembered. The names say what a node goes
# back through: `AddBackward0` an addition, `BinaryCrossEntropyWithLogitsBackward0` the loss. The number at the
# end tells variants of one operation apart. What follows as `0x7f…` is where the object lies in memory. It means nothing,
# and is another one each time.
#
# Each node knows the next ones, `next_functions`. So the whole way can be walked by hand:

# %%
def walk(node, depth=0):
    print("  " * depth + node.name())
    for following, _ in node.next_functions:
        if following is not None:
            walk(following, depth + 1)

walk(loss.grad_fn)

# %% [markdown]
# One call can be more than one node. `x` is a vector, so `matmul` makes a matrix with one row of it, multiplies
# (`MmBackward0`), and takes the row out again (`SqueezeBackward4`). Where the way ends, `AccumulateGrad` adds to the
# `.grad` of a leaf.

# %% [markdown] question="product"
# ## Cut
#
# `z.detach()` gives a tensor with the numbers of `z` and no memory of how they came about. **Predict.** `q` is a leaf with
# `requires_grad`. Is the product `z.detach() * q` tracked?
#
# - **a** no: nothing that is made of a detached tensor is tracked
# - **b** yes: it is tracked through `q`, and only the way to `w` and `b` is cut
# - **c** yes: `w`, `b` and `q` all get gradients

# %% tags=["answer"]
product = ...  # "a", "b" or "c"

# %%
# %%record cut
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)
q = torch.randn(3, requires_grad=True)

z = torch.matmul(x, w) + b
d = z.detach()
product_of_both = d * q
print("d:       requires_grad", d.requires_grad, " grad_fn", d.grad_fn, " leaf", d.is_leaf)
print("product: requires_grad", product_of_both.requires_grad, " grad_fn", product_of_both.grad_fn)

product_of_both.sum().backward()
print("q.grad:", q.grad)
print("z:     ", z.detach())
print("w.grad:", w.grad, " b.grad:", b.grad)

# %%
chapter.check("product", cut, product)

# %% [markdown]
# What `backward` was called on is the sum of all `d[i] * q[i]`. Its gradient with respect to `q` is `d`, the numbers of
# `z`. `d` was a constant there. A tensor that is
# *only* made of detached ones is not tracked; one other input with `requires_grad` is enough to be tracked again.

# %% [markdown] question="memory"
# ## Written to
#
# **Predict.** Someone writes into `d = z.detach()`. What happens to `z`?
#
# - **a** nothing: `d` is a copy
# - **b** `z` changes as well: both look at the same memory
# - **c** an error: a detached tensor cannot be written to

# %% tags=["answer"]
memory = ...  # "a", "b" or "c"

# %%
# %%record written
z = torch.matmul(x, w) + b
d = z.detach()
before = z[0].item()
d[0] = 100.0
after = z[0].item()
print("z[0] before:", before, " after:", after)

# %%
chapter.check("memory", written, memory)

# %% [markdown]
# `z.detach().clone()` is a copy that is cut off as well.
#
# ## Break it
#
# Backward often needs numbers of the forward pass. The sigmoid's derivative is p(1 − p), so it keeps `p`. Writing into
# shared memory between forward and backward changes what is kept. PyTorch counts the writes to a tensor, its *version*,
# and looks at the count in backward. A write through `detach()` counts:

# %% tags=["raises-exception"]
# %%record noticed
z = torch.matmul(x, w) + b
p = torch.sigmoid(z)
loss = p.sum()
p.detach().mul_(0)
loss.backward()

# %%
retrograd.diagnose(noticed)

# %% [markdown]
# `p.data` looks much the same, but its writes are *not* counted. No error this time, and a gradient that is 0, because
# backward computes 0 · (1 − 0):

# %%
# %%record unnoticed
z = torch.matmul(x, w) + b
p = torch.sigmoid(z)
loss = p.sum()
p.data.mul_(0)
b.grad = None
loss.backward()
print("b.grad:", b.grad)

# %%
retrograd.diagnose(unnoticed)

# %% [markdown]
# ## What you saw
#
# The memory is a chain of nodes from `loss.grad_fn` to an `AccumulateGrad` for each leaf. `detach()` cuts it: the numbers
# stay, in the same memory. You will often read that operations on a detached tensor are not tracked. It is not quite so:
# they are tracked if another input is. And `.data` is no shorter word for `detach()`: PyTorch does not notice what is
# written through it, and the gradient is silently wrong.
