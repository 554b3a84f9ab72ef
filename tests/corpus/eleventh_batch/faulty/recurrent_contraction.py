import torch
import torch.nn.functional as F

torch.manual_seed(0)
# latch: report the sign of the very first input after 40 steps of noise
T, H = 40, 16
Wx = (0.5 * torch.randn(2, H)).requires_grad_()
Wh = (0.05 * torch.randn(H, H)).requires_grad_()  # mistake: vanishing-grad
bh = torch.zeros(H, requires_grad=True)
Wo = (0.3 * torch.randn(H, 2)).requires_grad_()
opt = torch.optim.Adam([Wx, Wh, bh, Wo], lr=0.003)

for it in range(150):
    label = torch.randint(0, 2, (32,))
    seq = torch.zeros(T, 32, 2)
    seq[0, :, 0] = 2.0 * label - 1
    seq[1:, :, 1] = 0.1 * torch.randn(T - 1, 32)
    h = torch.zeros(32, H)
    for x_t in seq:
        h = torch.tanh(x_t @ Wx + h @ Wh + bh)  # mistake: vanishing-grad
    loss = F.cross_entropy(h @ Wo, label)
    opt.zero_grad()
    loss.backward()  # mistake: vanishing-grad
    opt.step()
    if it % 30 == 29:
        print(it + 1, loss.item())
