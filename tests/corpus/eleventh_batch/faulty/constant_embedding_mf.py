import torch
import torch.nn as nn

torch.manual_seed(0)
truth = torch.randn(20, 4) @ torch.randn(4, 15)
rows, cols = torch.meshgrid(torch.arange(20), torch.arange(15), indexing="ij")
rows, cols, vals = rows.flatten(), cols.flatten(), truth.flatten()


class MF(nn.Module):
    def __init__(self, k=4):
        super().__init__()
        self.user = nn.Embedding(20, k)
        self.item = nn.Embedding(15, k)
        for emb in (self.user, self.item):
            nn.init.constant_(emb.weight, 0.1)  # mistake: zero-init

    def forward(self, u, i):
        return (self.user(u) * self.item(i)).sum(1)  # mistake: zero-init


model = MF()
opt = torch.optim.Adam(model.parameters(), lr=0.02)
for epoch in range(500):
    loss = nn.functional.mse_loss(model(rows, cols), vals)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 100 == 99:
        print(epoch + 1, loss.item())
