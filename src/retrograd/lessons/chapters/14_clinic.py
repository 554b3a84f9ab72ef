# ---
# jupyter:
#   kernelspec:
#     name: python3
# ---

# %% [markdown]
# # 14. The clinic
#
# Twelve broken loops, each with one mistake. Ten of them raise no error. They come in three sittings, each within a
# quarter of an hour. Your answers are kept from one to the next; begin each with the first two cells below.
#
# For each loop, run its cell and the one below it: that shows the timeline, without what `diagnose` found. Name the
# mistake in place of the dots and run the cell again. Behind the right answer stands what `diagnose` says.
#
# All loops work on the twin: targets 0.5, the lowest loss ln 2 ≈ 0.693, the rate 0.1. First a good loop, to compare.

# %%
# Run this cell first, and again when the kernel was restarted.
# No module named 'retrograd'? Then the kernel is another Python's: open the chapter with `retrograd lesson`.
# %load_ext retrograd
from retrograd.lessons import begin; chapter = begin("14_clinic")

# %%
# %%record good
import torch
import torch.nn.functional as F

x, y = torch.ones(5), torch.full((3,), 0.5)
learning_rate = 0.1
torch.manual_seed(0)
w, b = torch.randn(5, 3, requires_grad=True), torch.randn(3, requires_grad=True)
for step in range(20):
    z = torch.matmul(x, w) + b
    loss = F.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    with torch.no_grad():
        w -= learning_rate * w.grad
        b -= learning_rate * b.grad
    w.grad.zero_()
    b.grad.zero_()

# %%
good

# %% [markdown] question="one"
# ## Loop 1
#
# At first the loss falls faster than in the good loop. Look at `AccumulateGrad` of `w` in step 1: what was there before?
#
# What is wrong with loop 1?
#
# - **a** the gradients are never cleared
# - **b** the learning rate is too large
# - **c** `b` is never updated

# %%
# %%record loop_1
torch.manual_seed(0)
w, b = torch.randn(5, 3, requires_grad=True), torch.randn(3, requires_grad=True)
for step in range(20):
    z = torch.matmul(x, w) + b
    loss = F.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    with torch.no_grad():
        w -= learning_rate * w.grad
        b -= learning_rate * b.grad

# %% tags=["answer"]
one = ...  # "a", "b" or "c"
chapter.case("one", loop_1, one)

# %% [markdown] question="two"
# ## Loop 2
#
# The loss is the same in every step. Look at the order of the events, and at `w.grad` when the update reads it.
#
# What is wrong with loop 2?
#
# - **a** the update is computed, and its result goes nowhere
# - **b** the gradients are cleared before the update reads them
# - **c** the gradients are never cleared

# %%
# %%record loop_2
torch.manual_seed(0)
w, b = torch.randn(5, 3, requires_grad=True), torch.randn(3, requires_grad=True)
for step in range(20):
    z = torch.matmul(x, w) + b
    loss = F.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    w.grad.zero_()
    b.grad.zero_()
    with torch.no_grad():
        w -= learning_rate * w.grad
        b -= learning_rate * b.grad

# %% tags=["answer"]
two = ...  # "a", "b" or "c"
chapter.case("two", loop_2, two)

# %% [markdown] question="three"
# ## Loop 3
#
# The loss rises, slowly and steadily. Compare the sign of a gradient with the direction in which its weight moves.
#
# What is wrong with loop 3?
#
# - **a** the learning rate is too large
# - **b** the gradients are never cleared
# - **c** the parameters move along the gradient instead of against it

# %%
# %%record loop_3
torch.manual_seed(0)
w, b = torch.randn(5, 3, requires_grad=True), torch.randn(3, requires_grad=True)
for step in range(20):
    z = torch.matmul(x, w) + b
    loss = F.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    with torch.no_grad():
        w += learning_rate * w.grad
        b += learning_rate * b.grad
    w.grad.zero_()
    b.grad.zero_()

# %% tags=["answer"]
three = ...  # "a", "b" or "c"
chapter.case("three", loop_3, three)

# %% [markdown] question="four"
# ## Loop 4
#
# The loss hardly moves. Look at everything that happens between `matmul` and the loss.
#
# What is wrong with loop 4?
#
# - **a** the sigmoid is taken twice
# - **b** the learning rate is too small
# - **c** the gradient does not reach the parameters

# %%
# %%record loop_4
torch.manual_seed(0)
w, b = torch.randn(5, 3, requires_grad=True), torch.randn(3, requires_grad=True)
for step in range(20):
    z = torch.sigmoid(torch.matmul(x, w) + b)
    loss = F.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    with torch.no_grad():
        w -= learning_rate * w.grad
        b -= learning_rate * b.grad
    w.grad.zero_()
    b.grad.zero_()

# %% tags=["answer"]
four = ...  # "a", "b" or "c"
chapter.case("four", loop_4, four)

# %% [markdown] question="five"
# # Second sitting
# ## Loop 5
#
# The loss falls, but more slowly than in the good loop. Compare the cards of `w` and `b` in the first and the last
# step.
#
# What is wrong with loop 5?
#
# - **a** `b` is cut off from the loss
# - **b** the gradients are never cleared
# - **c** `b` gets gradients and is never updated

# %%
# %%record loop_5
torch.manual_seed(0)
w, b = torch.randn(5, 3, requires_grad=True), torch.randn(3, requires_grad=True)
for step in range(20):
    z = torch.matmul(x, w) + b
    loss = F.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    with torch.no_grad():
        w -= learning_rate * w.grad
    w.grad.zero_()
    b.grad.zero_()

# %% tags=["answer"]
five = ...  # "a", "b" or "c"
chapter.case("five", loop_5, five)

# %% [markdown] question="six"
# ## Loop 6
#
# The loss is the same in every step, to the last digit. Is there an update?
#
# What is wrong with loop 6?
#
# - **a** the gradients are cleared too early
# - **b** the update is computed, and its result goes nowhere
# - **c** the learning rate is too small

# %%
# %%record loop_6
torch.manual_seed(0)
w, b = torch.randn(5, 3, requires_grad=True), torch.randn(3, requires_grad=True)
for step in range(20):
    z = torch.matmul(x, w) + b
    loss = F.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    with torch.no_grad():
        w - learning_rate * w.grad
        b - learning_rate * b.grad
    w.grad.zero_()
    b.grad.zero_()

# %% tags=["answer"]
six = ...  # "a", "b" or "c"
chapter.case("six", loop_6, six)

# %% [markdown] question="seven"
# ## Loop 7
#
# The loss jumps up at once and does not come down again. Follow one entry of `b` from step to step.
#
# What is wrong with loop 7?
#
# - **a** the parameters move along the gradient instead of against it
# - **b** the learning rate is too large
# - **c** the gradients are never cleared

# %%
# %%record loop_7
torch.manual_seed(0)
w, b = torch.randn(5, 3, requires_grad=True), torch.randn(3, requires_grad=True)
for step in range(20):
    z = torch.matmul(x, w) + b
    loss = F.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    with torch.no_grad():
        w -= 20.0 * w.grad
        b -= 20.0 * b.grad
    w.grad.zero_()
    b.grad.zero_()

# %% tags=["answer"]
seven = ...  # "a", "b" or "c"
chapter.case("seven", loop_7, seven)

# %% [markdown] question="eight"
# ## Loop 8
#
# The loss is the same in every step, though each step has a right update. Look at what each step begins with.
#
# What is wrong with loop 8?
#
# - **a** the parameters are made anew in every step
# - **b** the update is computed, and its result goes nowhere
# - **c** the learning rate is too small

# %%
# %%record loop_8
for step in range(20):
    torch.manual_seed(0)
    w, b = torch.randn(5, 3, requires_grad=True), torch.randn(3, requires_grad=True)
    z = torch.matmul(x, w) + b
    loss = F.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    with torch.no_grad():
        w -= learning_rate * w.grad
        b -= learning_rate * b.grad
    w.grad.zero_()
    b.grad.zero_()

# %% tags=["answer"]
eight = ...  # "a", "b" or "c"
chapter.case("eight", loop_8, eight)

# %% [markdown] question="nine"
# # Third sitting
# ## Loop 9
#
# The loss falls. It should be the mean of three squares. Look at the shape of what is squared.
#
# What is wrong with loop 9?
#
# - **a** the sigmoid is taken twice
# - **b** each output is compared with every target
# - **c** the targets are among the inputs

# %%
# %%record loop_9
torch.manual_seed(0)
w, b = torch.randn(5, 3, requires_grad=True), torch.randn(3, requires_grad=True)
target = torch.full((3, 1), 0.5)
for step in range(20):
    z = torch.matmul(x, w) + b
    loss = ((torch.sigmoid(z) - target) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= learning_rate * w.grad
        b -= learning_rate * b.grad
    w.grad.zero_()
    b.grad.zero_()

# %% tags=["answer"]
nine = ...  # "a", "b" or "c"
chapter.case("nine", loop_9, nine)

# %% [markdown] question="ten"
# ## Loop 10
#
# The loss never moves, and every gradient is exactly 0. Where does it become 0 on the way back?
#
# What is wrong with loop 10?
#
# - **a** the gradients are cleared before the update reads them
# - **b** the parameters are made anew in every step
# - **c** something on the way to the loss has no useful slope

# %%
# %%record loop_10
torch.manual_seed(0)
w, b = torch.randn(5, 3, requires_grad=True), torch.randn(3, requires_grad=True)
for step in range(20):
    z = torch.matmul(x, w) + b
    loss = ((torch.round(torch.sigmoid(z)) - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= learning_rate * w.grad
        b -= learning_rate * b.grad
    w.grad.zero_()
    b.grad.zero_()

# %% tags=["answer"]
ten = ...  # "a", "b" or "c"
chapter.case("ten", loop_10, ten)

# %% [markdown] question="eleven"
# ## Loop 11
#
# This one stops with an error in its first step. Which line raised it, and what did that line try?
#
# What is wrong with loop 11?
#
# - **a** a leaf is updated in place while PyTorch keeps track
# - **b** backward goes a second time through the same graph
# - **c** a value that backward needs was overwritten

# %% tags=["raises-exception"]
# %%record loop_11
torch.manual_seed(0)
w, b = torch.randn(5, 3, requires_grad=True), torch.randn(3, requires_grad=True)
for step in range(20):
    z = torch.matmul(x, w) + b
    loss = F.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    w -= learning_rate * w.grad
    b -= learning_rate * b.grad
    w.grad.zero_()
    b.grad.zero_()

# %% tags=["answer"]
eleven = ...  # "a", "b" or "c"
chapter.case("eleven", loop_11, eleven)

# %% [markdown] question="twelve"
# ## Loop 12
#
# This one stops in its second step. What is missing between the first and the second backward?
#
# What is wrong with loop 12?
#
# - **a** a value that backward needs was overwritten
# - **b** a leaf is updated in place while PyTorch keeps track
# - **c** backward goes a second time through the same graph

# %% tags=["raises-exception"]
# %%record loop_12
torch.manual_seed(0)
w, b = torch.randn(5, 3, requires_grad=True), torch.randn(3, requires_grad=True)
z = torch.matmul(x, w) + b
loss = F.binary_cross_entropy_with_logits(z, y)
for step in range(20):
    loss.backward()
    with torch.no_grad():
        w -= learning_rate * w.grad
        b -= learning_rate * b.grad
    w.grad.zero_()
    b.grad.zero_()

# %% tags=["answer"]
twelve = ...  # "a", "b" or "c"
chapter.case("twelve", loop_12, twelve)

# %% [markdown]
# ## What you saw
#
# Ten of twelve loops ran to their end without a word, and in three of them the loss clearly fell. A falling loss is no
# proof that a loop is right, and an error message is a stroke of luck. What names a mistake is where numbers came from: which
# gradient was read when, what it was added to, who wrote to which tensor. The timeline shows it, and you can ask for it
# in your own loops: `%%record` above the cell, then `retrograd.diagnose(recording)`. Or cure a loop above, run its cells
# again, and see that its findings are gone.
