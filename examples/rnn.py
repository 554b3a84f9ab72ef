"""A small recurrent network that guesses the next value of a noisy sine.

It reads the series once, a window at a time. The hidden state goes on from window to window; the
gradient does not: this is truncated back-propagation through time.
"""

import torch

torch.manual_seed(0)

# Eight series side by side, each with a phase of its own and a period of 25.
period, noise = 25, 0.1
time = torch.arange(6001)
phase = 2 * torch.pi * torch.rand(8, 1)
series = torch.sin(2 * torch.pi * time / period + phase) + noise * torch.randn(8, 6001)

hidden = 16
w_in = (0.5 * torch.randn(1, hidden)).requires_grad_()
w_h = (torch.randn(hidden, hidden) / hidden**0.5).requires_grad_()
b_h = torch.zeros(hidden, requires_grad=True)
w_out = (torch.randn(hidden, 1) / hidden**0.5).requires_grad_()
b_out = torch.zeros(1, requires_grad=True)
parameters = [w_in, w_h, b_h, w_out, b_out]

learning_rate = 0.1
window = 20

h = torch.zeros(8, hidden)
loss_history = []

for start in range(0, 6000, window):
    # The values so far stay in h; how they were computed is forgotten here.
    h = h.detach()

    loss = 0.0
    for t in range(start, start + window):
        h = torch.tanh(series[:, t : t + 1] @ w_in + h @ w_h + b_h)
        guess = h @ w_out + b_out
        loss = loss + torch.mean((guess - series[:, t + 1 : t + 2]) ** 2)
    loss = loss / window

    loss.backward()

    with torch.no_grad():
        for p in parameters:
            p -= learning_rate * p.grad
            p.grad = None

    loss_history.append(loss.item())
    if len(loss_history) % 30 == 0:
        print(f"Window {len(loss_history):3d} | Loss: {loss.item():.6f}")

naive = torch.mean((series[:, 1:] - series[:, :-1]) ** 2).item()
print(f"Guessing that the value stays as it is: {naive:.4f}")
print(f"The network, over the last 50 windows:  {sum(loss_history[-50:]) / 50:.4f}")
print(f"The noise, which nobody can guess:      {noise**2:.4f}")
