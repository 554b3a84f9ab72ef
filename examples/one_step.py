"""One step of learning by hand: forward, backward, update, clear."""

import torch

torch.manual_seed(0)

x = torch.ones(5)  # the input
y = torch.zeros(3)  # the output we would like to see
w = torch.randn(5, 3, requires_grad=True)  # the weights, to be learned
b = torch.randn(3, requires_grad=True)  # the bias, to be learned

# Forward: from the input to one number that says how wrong the output is.
z = torch.matmul(x, w) + b
print("z:", z)
loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
print("Loss:", loss)

# No gradient exists until somebody asks for one.
print("Gradient of w before backward:", w.grad)
print("Gradient of b before backward:", b.grad)

# Backward: how much would the loss change if an entry of w or b grew a little?
loss.backward()
print("Gradient of w:\n", w.grad)
print("Gradient of b:\n", b.grad)

# Update: a small move against the gradient. The move is no part of the model, hence no_grad.
learning_rate = 0.1
with torch.no_grad():
    w -= learning_rate * w.grad
    b -= learning_rate * b.grad

# Clear: backward adds to what is already in .grad, so a next step needs an empty one.
w.grad.zero_()
b.grad.zero_()

print("w after the step:\n", w)
print("b after the step:\n", b)

with torch.no_grad():
    z = torch.matmul(x, w) + b
    new_loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
print(f"The loss went from {loss.item():.6f} to {new_loss.item():.6f}.")
