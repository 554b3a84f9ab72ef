import torch

torch.manual_seed(0)
theta = torch.tensor([3.0, -2.0], requires_grad=True)
opt = torch.optim.SGD([theta], lr=0.25)
for i in range(150):
    opt.zero_grad()
    loss = (theta**2).sum()
    loss.backward()
    opt.step()
print(loss.item())
