# attention weights are a softmax, the logits are not
import torch
import torch.nn as nn

torch.manual_seed(0)
keys_n, d = 8, 6
memory = torch.randn(220, keys_n, d)
want = memory[:, :, 0].argmax(1)
y = (memory[torch.arange(220), want, 1] > 0).long() + (memory[torch.arange(220), want, 2] > 0).long()


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.score = nn.Linear(d, 1)
        self.cls = nn.Sequential(nn.Linear(d, 24), nn.ReLU(), nn.Linear(24, 3))

    def forward(self, m):
        a = torch.softmax(self.score(m), dim=1)
        return self.cls((a * m).sum(1))


net = Reader()
opt = torch.optim.Adam(net.parameters(), lr=0.02)
for it in range(120):
    out = net(memory)
    loss = nn.functional.cross_entropy(out, y, label_smoothing=0.05)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 24 == 23:
        print(it, loss.item(), (out.softmax(1).argmax(1) == y).float().mean().item())
