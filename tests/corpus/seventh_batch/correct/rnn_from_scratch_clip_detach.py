import math

import torch

torch.manual_seed(0)
text = "the time traveller for so it will be convenient to speak of him " * 3
letters = sorted(set(text))
ids = torch.tensor([letters.index(c) for c in text])
V, H = len(letters), 24
scale = 0.1
W_xh = (torch.randn(V, H) * scale).requires_grad_()
W_hh = (torch.randn(H, H) * scale).requires_grad_()
b_h = torch.zeros(H, requires_grad=True)
W_hq = (torch.randn(H, V) * scale).requires_grad_()
b_q = torch.zeros(V, requires_grad=True)
params = [W_xh, W_hh, b_h, W_hq, b_q]


def grad_clipping(theta):
    norm = torch.sqrt(sum(torch.sum(p.grad**2) for p in params))
    if norm > theta:
        for p in params:
            p.grad[:] *= theta / norm


state = torch.zeros(2, H)
half = len(ids) // 2
rows = torch.stack([ids[:half], ids[half : 2 * half]])
for start in range(0, half - 9, 8):
    state = state.detach()
    X, Y = rows[:, start : start + 8], rows[:, start + 1 : start + 9]
    outputs = []
    for x in torch.nn.functional.one_hot(X.T, V).float():
        state = torch.tanh(x @ W_xh + state @ W_hh + b_h)
        outputs.append(state @ W_hq + b_q)
    loss = torch.nn.functional.cross_entropy(torch.cat(outputs), Y.T.reshape(-1))
    for p in params:
        p.grad = None
    loss.backward()
    grad_clipping(1)
    with torch.no_grad():
        for p in params:
            p -= 1.0 * p.grad
    print(start, math.exp(loss.item()))
