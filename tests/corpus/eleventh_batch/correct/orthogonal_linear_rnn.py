import torch

torch.manual_seed(0)
# memory over 60 steps with an orthogonal recurrence
T, H = 60, 16
Wh = torch.empty(H, H)
torch.nn.init.orthogonal_(Wh)
Wh.requires_grad_()
Wx = (torch.randn(1, H) * 0.3).requires_grad_()
Wo = torch.zeros(H, 1, requires_grad=True)
opt = torch.optim.Adam([Wh, Wx, Wo], lr=3e-3)
for it in range(120):
    x = torch.zeros(T, 64, 1)
    x[0] = torch.randn(64, 1)
    h = torch.zeros(64, H)
    for x_t in x:
        h = x_t @ Wx + h @ Wh
    loss = (h @ Wo - x[0]).square().mean()
    opt.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_([Wh, Wx, Wo], 1.0)
    opt.step()
    if it % 24 == 0 or it == 119:
        print(it, loss.item())
