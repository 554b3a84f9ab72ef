# each batch holds one bag (multiple-instance learning), and the order of the bags is drawn anew each epoch
import torch
from torch import nn

torch.manual_seed(0)
bags = []
for k in range(60):
    label = k % 2
    inst = torch.randn(12, 5)
    if label:
        inst[:3, 0] += 3
    bags.append((inst, torch.tensor(float(label))))
net = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for epoch in range(6):
    total = hits = 0.0
    for k in torch.randperm(len(bags)).tolist():
        inst, label = bags[k]
        z = net(inst).squeeze(1).logsumexp(0) - 2.5
        loss = nn.functional.binary_cross_entropy_with_logits(z, label)
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item() / 60
        hits += float((z > 0) == (label > 0.5)) / 60
    print(epoch, total, hits)
