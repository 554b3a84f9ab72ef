import torch

torch.manual_seed(0)
scale = torch.ones(4, requires_grad=True)
counts = torch.tensor([3.0, 0.0, 5.0, 0.0])
sums = torch.tensor([6.0, 0.0, 2.5, 0.0])
wanted = torch.tensor([1.0, 0.0, 1.0, 0.0])
for epoch in range(10):
    weighted = scale * counts
    mean = torch.where(counts > 0, sums / weighted, torch.zeros(4))  # mistake: where-nan
    loss = (mean - wanted).pow(2).sum()
    loss.backward()
    with torch.no_grad():
        scale -= 0.1 * scale.grad
        scale.grad = None
    print(loss.item())
