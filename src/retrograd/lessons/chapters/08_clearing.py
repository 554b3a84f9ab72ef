# ---
# jupyter:
#   kernelspec:
#     name: python3
# ---

# %% [markdown]
# # 8. Clearing, and what happens without it
#
# The loops of the last chapters ended each step with two lines such as `w.grad = None` or `w.grad.zero_()`. Here you see
# what these lines are for: what is in `.grad` when nobody clears it, on purpose and by mistake.

# %%
# Run this cell first, and again when the kernel was restarted.
# No module named 'retrograd'? Then the kernel is another Python's: open the chapter with `retrograd lesson`.
# %load_ext retrograd
from retrograd.lessons import begin; chapter = begin("08_clearing")
import retrograd

# %% [markdown] question="second_backward"
# **Predict.** Two losses are computed from the same `w` and `b`, with other targets. Both call `backward`, and nothing is
# cleared in between. What does `b.grad` hold at the end?
#
# - **a** the gradient of the second loss
# - **b** the sum of both gradients
# - **c** the mean of both gradients

# %% tags=["answer"]
second_backward = ...  # "a", "b" or "c"

# %%
# %%record
import torch

torch.manual_seed(0)
x = torch.ones(5)
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)

z = torch.matmul(x, w) + b
loss = torch.nn.functional.binary_cross_entropy_with_logits(z, torch.zeros(3))
loss.backward()
print("after the first: ", b.grad)

z = torch.matmul(x, w) + b
loss = torch.nn.functional.binary_cross_entropy_with_logits(z, torch.full((3,), 0.5))
loss.backward()
print("after the second:", b.grad)

# %% [markdown]
# Step to the last `AccumulateGrad`: what was there, what arrived, what is there now. *Old + new = stored.*

# %%
recording

# %%
chapter.check("second_backward", recording, second_backward)

# %% [markdown]
# ## On purpose
#
# This is how six examples are used where only three fit into memory. Each half adds its share, and the sum is the
# gradient of the whole:

# %%
# %%record halves
torch.manual_seed(0)
inputs = torch.randn(6, 5)
targets = torch.rand(6, 3)
w = torch.randn(5, 3, requires_grad=True)

loss = torch.nn.functional.binary_cross_entropy_with_logits(torch.matmul(inputs, w), targets)
loss.backward()
whole = w.grad
w.grad = None

for half in (slice(0, 3), slice(3, 6)):
    loss = torch.nn.functional.binary_cross_entropy_with_logits(torch.matmul(inputs[half], w), targets[half])
    (loss / 2).backward()

print("largest difference:", (w.grad - whole).abs().max().item())

# %% [markdown] question="without_clearing"
# ## By mistake
#
# Now the loop of this lesson, until the loss is at most 0.01. First as it should be, then without the two lines that
# clear. **Predict.** Without them it takes
#
# - **a** about as many steps
# - **b** many more steps, or it never ends
# - **c** far fewer steps

# %% tags=["answer"]
without_clearing = ...  # "a", "b" or "c"

# %%
# %%record cleared
torch.manual_seed(0)
x = torch.ones(5)
y = torch.zeros(3)
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)
loss_value = 1.0
learning_step = 0

while loss_value > 0.01 and learning_step < 1000:
    z = torch.matmul(x, w) + b
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
        b -= 0.1 * b.grad
    w.grad.zero_()
    b.grad.zero_()
    loss_value = loss.item()
    learning_step += 1

print("steps:", learning_step)

# %%
# %%record never
torch.manual_seed(0)
x = torch.ones(5)
y = torch.zeros(3)
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)
loss_value = 1.0
learning_step = 0

while loss_value > 0.01 and learning_step < 1000:
    z = torch.matmul(x, w) + b
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
        b -= 0.1 * b.grad
    loss_value = loss.item()
    learning_step += 1

print("steps:", learning_step)

# %%
chapter.check("without_clearing", never, without_clearing)

# %%
from retrograd.lessons.claims import cleared_each_step
print(cleared_each_step(cleared))
print(cleared_each_step(never))
retrograd.diagnose(never)

# %% [markdown] question="twin_without_clearing"
# The mistake looks like an improvement. Each update uses the sum of all gradients so far, so the steps grow and
# grow. With targets of 0 that only helps: down is the right way however far you go. Now the twin. Its targets are 0.5, so
# there is a best `z`, and you can go too far.
#
# **Predict.** The twin without clearing, 60 steps, learning rate 1. What does the loss do?
#
# - **a** it falls fast here as well
# - **b** it goes down and up again, and does not come to rest
# - **c** it grows without end

# %% tags=["answer"]
twin_without_clearing = ...  # "a", "b" or "c"

# %%
# %%record twin
torch.manual_seed(0)
x = torch.ones(5)
y = torch.full((3,), 0.5)
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)

for step in range(60):
    z = torch.matmul(x, w) + b
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    with torch.no_grad():
        w -= 1.0 * w.grad
        b -= 1.0 * b.grad

# %% [markdown]
# Look at the loss curve, and at `w.grad` under *Tensors* from step to step: when `z` comes to the best place, the stored
# sum is large, and carries `z` past it to the other side.

# %%
twin

# %%
chapter.check("twin_without_clearing", twin, twin_without_clearing)

# %% [markdown]
# ## It has a name
#
# A step that remembers the steps before is known as *momentum*: a velocity, to which each gradient is added. A little of
# the old velocity is lost each time, usually a tenth. Without clearing nothing is lost. Here is the loop *with*
# clearing and with a velocity that keeps everything. It is the same computation:

# %%
# %%record momentum
torch.manual_seed(0)
x = torch.ones(5)
y = torch.full((3,), 0.5)
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)
velocity_w = torch.zeros(5, 3)
velocity_b = torch.zeros(3)

for step in range(60):
    z = torch.matmul(x, w) + b
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    with torch.no_grad():
        velocity_w = 1.0 * velocity_w + w.grad
        velocity_b = 1.0 * velocity_b + b.grad
        w -= 1.0 * velocity_w
        b -= 1.0 * velocity_b
    w.grad.zero_()
    b.grad.zero_()

# %%
print("the same losses:", momentum.loss.tolist() == twin.loss.tolist())

# %% [markdown]
# ## What you saw
#
# `backward` adds to `.grad`, so that several losses, or parts of the examples, can add up. A loop that does not want that
# clears once in each step. You will often read that forgetting to clear harms the training. It is not quite so: on this
# problem the loop without clearing is tens of times faster, and on the twin it never comes to rest. A falling loss does
# not prove that a loop is right. What proves it is where the gradient came from, and that the recording shows.
