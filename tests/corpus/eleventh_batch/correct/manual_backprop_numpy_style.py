import torch

torch.manual_seed(0)
N, D, H = 64, 10, 30
x = torch.randn(N, D)
y = torch.relu(x @ torch.randn(D, 5)) @ torch.randn(5, 2)
w1, w2 = torch.randn(D, H) * 0.3, torch.randn(H, 2) * 0.2
rate = 1e-4
for t in range(800):
    h = x.mm(w1)
    h_relu = h.clamp(min=0)
    y_pred = h_relu.mm(w2)
    loss = (y_pred - y).pow(2).sum().item()
    grad_y = 2.0 * (y_pred - y)
    grad_w2 = h_relu.t().mm(grad_y)
    grad_h = grad_y.mm(w2.t())
    grad_h[h < 0] = 0
    grad_w1 = x.t().mm(grad_h)
    w1 -= rate * grad_w1
    w2 -= rate * grad_w2
    if t % 160 == 0 or t == 799:
        print(t, loss)
