import torch

torch.manual_seed(0)
# maximum entropy distribution on a die with a prescribed mean
faces = torch.arange(1.0, 7.0)
z = torch.zeros(6, requires_grad=True)
opt = torch.optim.Adam([z], lr=0.05)
for it in range(400):
    p = torch.softmax(z, 0)
    entropy = -torch.special.xlogy(p, p).sum()
    loss = -entropy + 20 * (p @ faces - 4.5) ** 2
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 80 == 0 or it == 399:
        print(it, loss.item(), "mean", (p @ faces).item(), [round(v, 3) for v in p.tolist()])
