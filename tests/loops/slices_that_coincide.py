"""Batches of random pieces of a text, drawn as language models draw them. Now and then two pieces are the same."""

import torch

torch.manual_seed(0)
text = torch.arange(60.0)
w = torch.ones(8, requires_grad=True)

for turn in range(40):
    starts = torch.randint(len(text) - 9, (6,))
    inputs = torch.stack([text[i : i + 8] for i in starts])
    targets = torch.stack([text[i + 1 : i + 9] for i in starts])
    loss = ((inputs * w - targets) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 1e-5 * w.grad
    w.grad = None
