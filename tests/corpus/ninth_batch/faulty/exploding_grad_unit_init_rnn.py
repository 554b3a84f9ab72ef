import torch

torch.manual_seed(0)
n, T = 24, 20
Wh = torch.randn(n, n, requires_grad=True)  # mistake: exploding-grad
Wx = torch.randn(3, n, requires_grad=True)
wo = torch.randn(n, requires_grad=True)
seqs = torch.randn(16, T, 3)
goal = seqs[:, 0, 0]
opt = torch.optim.SGD([Wh, Wx, wo], lr=1e-3)
for epoch in range(12):
    h = torch.zeros(16, n)
    for t in range(T):
        h = torch.relu(seqs[:, t] @ Wx + h @ Wh)  # mistake: exploding-grad
    loss = (h @ wo - goal).pow(2).mean()  # mistake: exploding-grad
    opt.zero_grad()
    loss.backward()  # mistake: exploding-grad
    opt.step()
    print(epoch, loss.item())
