import torch

torch.manual_seed(0)
points = torch.cat([torch.randn(40, 2) * 0.3 + c for c in torch.tensor([[2.0, 0.0], [-2.0, 1.0], [0.0, -2.0]])])
centres = points[torch.randperm(120)[:3]].clone().requires_grad_()
for step in range(20):
    distance = (points[:, None] - centres[None]).pow(2).sum(-1)
    nearest = distance.argmin(1)
    loss = distance[torch.arange(120), nearest].mean()
    loss.backward()
    with torch.no_grad():
        centres -= 0.5 * centres.grad
    centres.grad = None
    print(step, loss.item())
