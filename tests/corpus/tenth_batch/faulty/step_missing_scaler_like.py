import torch
from torch import nn

torch.manual_seed(0)


class LossScaler:
    """Multiplies the loss, divides the gradients."""

    def __init__(self, scale=128.0):
        self.scale = scale

    def backward(self, loss):
        (loss * self.scale).backward()

    def unscale(self, optimizer):
        for group in optimizer.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.grad /= self.scale

    def ok(self, optimizer):
        return any(not torch.isfinite(p.grad).all() for g in optimizer.param_groups for p in g["params"])


users, items, dim = 30, 25, 4
u_true, i_true = torch.randn(users, dim), torch.randn(items, dim)
ratings = u_true @ i_true.T
user = nn.Embedding(users, dim)
item = nn.Embedding(items, dim)
optimizer = torch.optim.Adam([*user.parameters(), *item.parameters()], lr=0.05)
scaler = LossScaler()
for step in range(120):
    pu, pi = torch.randint(0, users, (64,)), torch.randint(0, items, (64,))
    loss = ((user(pu) * item(pi)).sum(1) - ratings[pu, pi]).pow(2).mean()
    optimizer.zero_grad()
    scaler.backward(loss)  # mistake: step-missing
    scaler.unscale(optimizer)
    if scaler.ok(optimizer):  # mistake: step-missing
        optimizer.step()  # mistake: step-missing
    if step % 20 == 19:
        print(step, loss.item())
