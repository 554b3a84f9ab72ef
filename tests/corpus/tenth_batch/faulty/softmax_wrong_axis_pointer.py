# a pointer network's one step: which element of the list is the largest?
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
lists = torch.randn(200, 6, 2)
answer = (lists[..., 0] + 0.5 * lists[..., 1]).argmax(1)


class Pointer(nn.Module):
    def __init__(self, h=16):
        super().__init__()
        self.enc = nn.Linear(2, h)
        self.query = nn.Parameter(torch.randn(h) * 0.3)

    def forward(self, x):
        keys = torch.tanh(self.enc(x))
        return F.log_softmax(keys @ self.query, dim=0)  # mistake: softmax-wrong-axis


net = Pointer()
opt = torch.optim.Adam(net.parameters(), lr=0.02)
for epoch in range(15):
    for b in torch.randperm(200).split(40):
        logp = net(lists[b])
        loss = F.nll_loss(logp, answer[b])  # mistake: softmax-wrong-axis
        opt.zero_grad()
        loss.backward()
        opt.step()
    with torch.no_grad():
        hits = (net(lists).argmax(1) == answer).float().mean().item()
    print(epoch, loss.item(), hits)
