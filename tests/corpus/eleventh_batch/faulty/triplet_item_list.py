import torch
import torch.nn as nn

torch.manual_seed(0)
protos = torch.randn(4, 10)
lab = torch.arange(4).repeat_interleave(20)
X = protos[lab] * 0.7 + torch.randn(80, 10)
embed = nn.Linear(10, 3)
opt = torch.optim.Adam(embed.parameters(), lr=0.02)


def triplet(a, p, n, margin=1.0):
    return torch.relu((a - p).pow(2).sum() - (a - n).pow(2).sum() + margin)


for step in range(40):
    z = embed(X)
    losses = []
    for _ in range(24):
        i = torch.randint(80, (1,)).item()
        same = (lab == lab[i]).nonzero().flatten()
        diff = (lab != lab[i]).nonzero().flatten()
        j = same[torch.randint(len(same), (1,))].item()
        k = diff[torch.randint(len(diff), (1,))].item()
        losses.append(triplet(z[i], z[j], z[k]).item())  # mistake: graph-broken
    loss = torch.tensor(losses).mean()  # mistake: graph-broken
    opt.zero_grad()
    loss.backward()  # mistake: graph-broken
    opt.step()
    if step % 8 == 0:
        print(step, loss.item())
