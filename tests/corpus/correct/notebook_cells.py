# %% [markdown]
# # Logistic regression from scratch
# %%
import torch

torch.manual_seed(42)
# %%
x = torch.randn(5, 4)
y = torch.ones(5)
w = torch.randn(4, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
# %%
z = x @ w + b
loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
loss.backward()
print(w.grad, b.grad)
# %%
w.grad = None
b.grad = None
lr = 0.1
history = []
for step in range(120):
    z = x @ w + b
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    with torch.no_grad():
        w -= lr * w.grad
        b -= lr * b.grad
        w.grad = None
        b.grad = None
    history.append(loss.item())
# %%
print(history[-1])
z = x @ w + b
print(torch.sigmoid(z))
