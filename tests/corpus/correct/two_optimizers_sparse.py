import torch
from torch import nn

torch.manual_seed(0)
table = nn.EmbeddingBag(50, 8, mode="mean", sparse=True)
dense = nn.Linear(8, 3)
sparse_opt = torch.optim.SparseAdam(table.parameters(), lr=0.01)
dense_opt = torch.optim.Adam(dense.parameters(), lr=0.01)
for step in range(40):
    words = torch.randint(0, 50, (16, 6))
    y = words[:, 0] % 3
    loss = nn.functional.cross_entropy(dense(table(words)), y)
    sparse_opt.zero_grad()
    dense_opt.zero_grad()
    loss.backward()
    sparse_opt.step()
    dense_opt.step()
