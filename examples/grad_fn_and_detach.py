"""What remembers how it was computed, what does not, and how to make it forget."""

import torch

torch.manual_seed(0)

x = torch.ones(5)
y = torch.zeros(3)
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)

learning_rate = 0.1

# z is the result of an addition, and knows it. Printing z.grad_fn would show the same name
# and a memory address, which is another one in each run.
z = torch.matmul(x, w) + b
print("z.grad_fn:", z.grad_fn.name())

# The addition joined a product (squeezed to a vector, as x is one) and b.
print("It goes back to:", [node.name() for node, _ in z.grad_fn.next_functions])

loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
print("loss.grad_fn:", loss.grad_fn.name())

loss.backward()

with torch.no_grad():
    w -= learning_rate * w.grad
    b -= learning_rate * b.grad

# w and b are leaves: made by us, computed from nothing. The update above left no trace in them.
print("w.grad_fn:", w.grad_fn, "| w.is_leaf:", w.is_leaf)
print("b.grad_fn:", b.grad_fn, "| b.is_leaf:", b.is_leaf)

w.grad.zero_()
b.grad.zero_()

loss_value = loss.item()
print("loss_value:", round(loss_value, 6), "of type", type(loss_value).__name__)

# The same numbers in the same memory, but no gradient flows through them any more.
address = z.data_ptr()
z = z.detach()
print("z.grad_fn after detach():", z.grad_fn)
print("z.requires_grad after detach():", z.requires_grad)
print("same memory:", z.data_ptr() == address)
