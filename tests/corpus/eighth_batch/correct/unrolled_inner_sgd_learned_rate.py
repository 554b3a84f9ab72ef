import torch

torch.manual_seed(0)
log_rate = torch.tensor(-3.0, requires_grad=True)
outer = torch.optim.Adam([log_rate], lr=0.1)
for task in range(15):
    goal = torch.randn(3)
    w = torch.zeros(3, requires_grad=True)
    for _ in range(4):
        (g,) = torch.autograd.grad((w - goal).pow(2).sum(), w, create_graph=True)
        w = w - log_rate.exp() * g
    loss = (w - goal).pow(2).mean()
    outer.zero_grad()
    loss.backward()
    outer.step()
    print(task, loss.item(), log_rate.exp().item())
