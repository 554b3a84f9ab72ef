import torch

torch.manual_seed(0)
# learn the cut-off of a blood marker that maximises the utility of treatment
marker = torch.cat([torch.randn(200) + 1, torch.randn(200) + 3])
ill = torch.cat([torch.zeros(200), torch.ones(200)])
cutoff = torch.tensor(0.0, requires_grad=True)
sharp = torch.tensor(1.0, requires_grad=True)
opt = torch.optim.SGD([cutoff, sharp], lr=0.5)
for it in range(120):
    treat = torch.floor(torch.sigmoid(sharp * (marker - cutoff)) + 0.5)  # mistake: nondiff-op
    utility = (ill * treat - (1 - ill) * treat).mean()
    loss = -utility
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 20 == 0:
        print(it, "utility", utility.item(), "cutoff", cutoff.item())
