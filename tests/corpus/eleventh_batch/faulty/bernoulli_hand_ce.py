import torch

torch.manual_seed(0)
hours = torch.cat([torch.rand(60) * 4, 6 + torch.rand(60) * 60])
passed = (hours > 5).float()
w = torch.tensor(0.0, requires_grad=True)
b = torch.tensor(0.0, requires_grad=True)
for epoch in range(200):
    p = torch.sigmoid(w * hours / 3 + b)
    ll = passed * torch.log(p) + (1 - passed) * torch.log(1 - p)  # mistake: log-zero
    loss = -ll.mean()
    loss.backward()
    with torch.no_grad():
        for q in (w, b):
            q -= 0.2 * q.grad
            q.grad = None
    if epoch % 25 == 0:
        print(epoch, loss.item(), w.item(), b.item())
