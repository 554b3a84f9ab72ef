import torch

torch.manual_seed(0)
# two spirals
th = torch.sqrt(torch.rand(150)) * 6
a = torch.stack([th * th.cos(), th * th.sin()], 1) / 6
pts = torch.cat([a, -a]) + 0.02 * torch.randn(300, 2)
lab = torch.cat([torch.zeros(150), torch.ones(150)])

W1 = torch.full((2, 32), 0.5, requires_grad=True)  # mistake: zero-init
b1 = torch.zeros(32, requires_grad=True)
W2 = torch.full((32, 1), 0.5, requires_grad=True)  # mistake: zero-init
b2 = torch.zeros(1, requires_grad=True)
theta = [W1, b1, W2, b2]


def logits(p):
    return (torch.tanh(p @ W1 + b1) @ W2 + b2).flatten()  # mistake: zero-init


opt = torch.optim.Adam(theta, lr=0.02)
for it in range(250):
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits(pts), lab)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 50 == 49:
        print(it, loss.item(), ((logits(pts) > 0).float() == lab).float().mean().item())
