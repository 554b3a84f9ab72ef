# %% data
import torch

torch.manual_seed(42)
X = torch.rand(200, 2)
Y = (X[:, 0] + X[:, 1] > 1).float()

# %% model
W = torch.zeros(2, requires_grad=True)
B = torch.zeros(1, requires_grad=True)
learning_rate = 2.0

# %% train
losses = []
for i in range(100):
    logits = X @ W + B
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, Y)
    loss.backward()
    with torch.no_grad():
        W -= learning_rate * W.grad
        B -= learning_rate * B.grad
        W.grad.zero_()
        B.grad.zero_()
    losses.append(loss.item())

# %% look
print(losses[0], losses[-1], ((logits > 0) == Y).float().mean())
