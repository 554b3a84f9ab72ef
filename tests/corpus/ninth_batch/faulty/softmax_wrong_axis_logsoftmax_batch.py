import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 10), nn.ReLU(), nn.Linear(10, 3), nn.LogSoftmax(dim=0))  # mistake: softmax-wrong-axis
opt = torch.optim.Adam(model.parameters(), lr=1e-2)
x = torch.randn(60, 4)
y = x[:, :3].argmax(1)
for i in range(30):
    logp = model(x)  # mistake: softmax-wrong-axis
    loss = nn.functional.nll_loss(logp, y)  # mistake: softmax-wrong-axis | loss-expects-probs
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
