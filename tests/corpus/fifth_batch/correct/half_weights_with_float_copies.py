import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(8, 1).to(torch.bfloat16)
master = [p.detach().clone().float() for p in model.parameters()]
opt = torch.optim.SGD(master, lr=0.05)
x = torch.randn(64, 8)
y = x @ torch.randn(8, 1)
for it in range(40):
    loss = (model(x.bfloat16()).float() - y).pow(2).mean()
    loss.backward()
    for p, m in zip(model.parameters(), master):
        m.grad = p.grad.float()
        p.grad = None
    opt.step()
    with torch.no_grad():
        for p, m in zip(model.parameters(), master):
            p.copy_(m)
print(loss.item())
