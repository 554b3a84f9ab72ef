import torch
from torch import nn
torch.manual_seed(0)
net = nn.Linear(4, 3); opt = torch.optim.Adam(net.parameters(), lr=1e-2)
X = torch.randn(64, 4); y = X[:, :3].argmax(1)
for i in range(10):
    guess = net(X).topk(1).indices.squeeze(1).float()  # mistake: nondiff-op
    loss = (guess - y).abs().mean().requires_grad_()
    opt.zero_grad(); loss.backward(); opt.step()
