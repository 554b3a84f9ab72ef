import torch
torch.manual_seed(0)
z = torch.randn(10, requires_grad=True)
opt = torch.optim.Adam([z], lr=0.1)
for i in range(60):
    p = z.softmax(0)
    loss = (p * p.log()).sum()
    opt.zero_grad(); loss.backward(); opt.step()
