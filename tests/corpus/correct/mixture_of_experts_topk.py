import torch
from torch import nn

torch.manual_seed(0)
experts = nn.ModuleList([nn.Linear(6, 6) for _ in range(4)])
gate, head = nn.Linear(6, 4), nn.Linear(6, 2)
opt = torch.optim.Adam([*experts.parameters(), *gate.parameters(), *head.parameters()], lr=5e-3)
x = torch.randn(64, 6)
y = (x[:, 0] > 0).long()
for i in range(15):
    probs = gate(x).softmax(-1)
    weight, chosen = probs.topk(1, dim=-1)
    out = torch.zeros_like(x)
    for e, expert in enumerate(experts):
        rows = (chosen[:, 0] == e).nonzero(as_tuple=True)[0]
        if len(rows):
            out[rows] = weight[rows] * expert(x[rows])
    balance = (probs.mean(0) * nn.functional.one_hot(chosen[:, 0], 4).float().mean(0)).sum() * 4
    loss = nn.functional.cross_entropy(head(out), y) + 0.01 * balance
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(i, loss.item())
