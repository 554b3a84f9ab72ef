import torch
import torch.nn as nn

torch.manual_seed(0)


class PosAttention(nn.Module):
    """pools a sequence with learned scores per position"""

    def __init__(self, length, dim):
        super().__init__()
        self.score = nn.Parameter(torch.zeros(length), requires_grad=False)  # mistake: param-frozen
        self.fc = nn.Linear(dim, 1)

    def forward(self, x):
        a = torch.softmax(self.score, 0)  # mistake: param-frozen
        return self.fc((a[None, :, None] * x).sum(1)).squeeze(1)


x = torch.randn(256, 20, 4)
y = x[:, 7] @ torch.tensor([1.0, -1.0, 2.0, 0.5])
model = PosAttention(20, 4)
opt = torch.optim.Adam(model.parameters(), lr=0.05)
for step in range(200):
    loss = ((model(x) - y) ** 2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 40 == 39:
        print(step, loss.item())
