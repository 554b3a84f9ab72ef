import torch

torch.manual_seed(0)
x = torch.randn(40)
y = x.clamp(min=0).sqrt()
scale = torch.tensor(1.3, requires_grad=True)
shift = torch.tensor(0.1, requires_grad=True)
for step in range(8):
    z = scale * x + shift
    prediction = torch.where(z > 0, z.sqrt(), torch.zeros_like(z))  # mistake: where-nan
    loss = ((prediction - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        for p in (scale, shift):
            p -= 0.1 * p.grad
            p.grad.zero_()
    print(step, loss.item())
