import torch
from torch import nn

torch.manual_seed(0)
tree = nn.Linear(6, 3)
leaf = nn.Linear(4, 3)
out = nn.Linear(3, 1)
opt = torch.optim.SGD([*tree.parameters(), *leaf.parameters(), *out.parameters()], lr=0.1)
samples = [(torch.randn(n, 4), float(n % 2)) for n in (2, 3, 4, 5, 3, 2, 4, 5)]


def fold(rows):
    state = torch.tanh(leaf(rows[0]))
    for row in rows[1:]:
        state = torch.tanh(tree(torch.cat([state, torch.tanh(leaf(row))])))
    return out(state)


for epoch in range(6):
    opt.zero_grad()
    total = 0.0
    for rows, odd in samples:
        loss = nn.functional.binary_cross_entropy_with_logits(fold(rows), torch.tensor([odd])) / len(samples)
        loss.backward()
        total += loss.item()
    opt.step()
    print(epoch, total)
