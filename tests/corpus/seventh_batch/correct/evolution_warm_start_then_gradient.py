import torch

torch.manual_seed(0)
x = torch.randn(50, 3)
y = (x[:, :1] - x[:, 1:2]).tanh()
w = torch.zeros(3, 1)
best = ((x @ w - y) ** 2).mean()
for generation in range(20):
    child = w + 0.1 * torch.randn_like(w)
    fitness = ((x @ child - y) ** 2).mean()
    if fitness < best:
        w, best = child, fitness
w = w.clone().requires_grad_()
opt = torch.optim.Adagrad([w], lr=0.1)
for step in range(20):
    loss = ((x @ w - y) ** 2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
