import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4), nn.Softmax(dim=1))  # mistake: loss-expects-probs
opt = torch.optim.Adam(model.parameters(), lr=0.01)
x = torch.randn(60, 8)
y = torch.randint(0, 4, (60,))
for _ in range(25):
    opt.zero_grad()
    loss = nn.functional.nll_loss(model(x), y)  # mistake: loss-expects-probs
    loss.backward()
    opt.step()
