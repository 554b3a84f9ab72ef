import torch
from torch import nn

torch.manual_seed(0)


class MF(nn.Module):
    def __init__(self, users, items, k=4):
        super().__init__()
        self.u, self.i = nn.Embedding(users, k), nn.Embedding(items, k)
        self.user_bias, self.item_bias = nn.Embedding(users, 1), nn.Embedding(items, 1)
        nn.init.zeros_(self.user_bias.weight)
        nn.init.zeros_(self.item_bias.weight)

    def forward(self, u, i):
        return (self.u(u) * self.i(i)).sum(1) + self.user_bias(u).squeeze(1) + self.item_bias(i).squeeze(1)


users, items = torch.randint(0, 20, (400,)), torch.randint(0, 30, (400,))
taste = torch.randn(20, 2) @ torch.randn(2, 30)
ratings = (taste[users, items] * 0.5 + 3).clamp(1, 5)
model = MF(20, 30)
opt = torch.optim.Adam(model.parameters(), lr=0.02, weight_decay=1e-4)
for epoch in range(6):
    perm = torch.randperm(400)
    for k in range(0, 400, 50):
        j = perm[k : k + 50]
        loss = nn.functional.mse_loss(model(users[j], items[j]), ratings[j])
        opt.zero_grad()
        loss.backward()
        opt.step()
