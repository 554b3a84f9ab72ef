import torch

# focal length of a thin lens from measured object and image distances (mm)
torch.manual_seed(0)
obj = torch.linspace(150.0, 600.0, 20)
img = 1 / (1 / 100.0 - 1 / obj) + torch.randn(20)
f = torch.tensor(50.0, requires_grad=True)
adam = torch.optim.Adam([f], lr=1e-5)  # mistake: lr-too-small
for n in range(400):
    pred = 1 / (1 / f - 1 / obj)
    err = (pred - img).abs().mean()
    adam.zero_grad()
    err.backward()
    adam.step()  # mistake: lr-too-small
    if n % 80 == 0:
        print(n, err.item(), f.item())
