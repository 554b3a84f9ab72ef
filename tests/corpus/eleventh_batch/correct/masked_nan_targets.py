import torch
import torch.nn as nn

torch.manual_seed(0)
X = torch.randn(200, 6)
Y = X @ torch.randn(6, 3)
Y[torch.rand(200, 3) < 0.3] = float("nan")  # missing measurements
observed = ~torch.isnan(Y)
clean = torch.where(observed, Y, torch.zeros_like(Y))
net = nn.Linear(6, 3)
opt = torch.optim.Adam(net.parameters(), lr=0.05)
for epoch in range(150):
    err = (net(X) - clean) ** 2
    loss = (err * observed).sum() / observed.sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 30 == 0 or epoch == 149:
        print(epoch, loss.item())
