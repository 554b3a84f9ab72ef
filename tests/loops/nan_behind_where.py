import torch

count = torch.tensor([4.0, 0.0, 2.0, 5.0, 0.0, 1.0])
hits = torch.tensor([3.0, 0.0, 1.0, 1.0, 0.0, 1.0])
target = torch.tensor([0.5, 0.0, 0.7, 0.1, 0.0, 0.9])
scale = torch.tensor(1.0, requires_grad=True)
shift = torch.tensor(0.0, requires_grad=True)

for i in range(12):
    rate = scale * hits / count
    rate = torch.where(count > 0, rate + shift, torch.zeros(6))
    loss = ((rate - target) ** 2).sum()
    loss.backward()
    with torch.no_grad():
        scale -= 0.05 * scale.grad
        shift -= 0.05 * shift.grad
    scale.grad, shift.grad = None, None
    print(i, loss.item())
