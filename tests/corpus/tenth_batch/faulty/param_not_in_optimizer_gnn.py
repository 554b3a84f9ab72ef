# graph convolution on a ring of communities
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
n, k = 60, 3
community = torch.arange(n) % k
prob = torch.where(community[:, None] == community[None, :], 0.5, 0.05)
A = (torch.rand(n, n) < prob).float().triu(1)
A = A + A.T + torch.eye(n)
A_hat = A / A.sum(1, keepdim=True)
feat = torch.randn(n, 16)
train = torch.rand(n) < 0.5


class GCN(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = [nn.Linear(a, b) for a, b in zip(sizes[:-2], sizes[1:-1])]  # mistake: param-not-in-optimizer
        self.out = nn.Linear(sizes[-2], sizes[-1])

    def forward(self, h):
        for layer in self.layers:
            h = F.relu(A_hat @ layer(h))  # mistake: param-not-in-optimizer
        return A_hat @ self.out(h)


net = GCN([16, 12, 12, k])
opt = torch.optim.Adam(net.parameters(), lr=0.01, weight_decay=5e-4)  # mistake: param-not-in-optimizer
for epoch in range(100):
    logits = net(feat)
    loss = F.cross_entropy(logits[train], community[train])
    opt.zero_grad()
    loss.backward()
    opt.step()  # mistake: param-not-in-optimizer
    if epoch % 20 == 19:
        print(epoch, loss.item(), (logits.argmax(1) == community)[~train].float().mean().item())
