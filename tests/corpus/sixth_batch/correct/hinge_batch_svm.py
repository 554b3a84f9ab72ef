import torch

torch.manual_seed(0)
x = torch.cat([torch.randn(40, 2) + 3, torch.randn(40, 2) - 3])
y = torch.cat([torch.ones(40), -torch.ones(40)])
w, b = torch.zeros(2, requires_grad=True), torch.zeros((), requires_grad=True)
opt = torch.optim.SGD([w, b], lr=0.1, weight_decay=1e-3)
for _ in range(60):
    loss = torch.relu(1 - y * (x @ w + b)).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
