import torch
from torch import nn

torch.manual_seed(0)
ratings = [3.5, 4.5, 2.5, 1.5, 4.0, 3.0, 0.5, 2.0, 4.5, 3.5, 1.0, 2.5]
users = torch.tensor([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3])
items = torch.tensor([0, 1, 2, 0, 1, 3, 1, 2, 3, 0, 2, 3])
goal = torch.tensor(ratings, dtype=torch.int64)  # mistake: target-dtype
user_vectors = nn.Embedding(4, 3)
item_vectors = nn.Embedding(4, 3)
opt = torch.optim.Adam([*user_vectors.parameters(), *item_vectors.parameters()], lr=0.05)
for epoch in range(60):
    estimate = (user_vectors(users) * item_vectors(items)).sum(1) + 2.5
    loss = nn.functional.mse_loss(estimate, goal.float())  # mistake: target-dtype
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
