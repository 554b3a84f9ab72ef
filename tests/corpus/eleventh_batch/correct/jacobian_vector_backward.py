import torch

torch.manual_seed(0)
# multi-objective: the vector of losses gets explicit weights in backward
X = torch.randn(200, 4)
Y = X @ torch.randn(4, 3)
W = torch.zeros(4, 3, requires_grad=True)
weights = torch.tensor([1.0, 0.5, 0.25])
opt = torch.optim.SGD([W], lr=0.2)
for k in range(100):
    losses = ((X @ W - Y) ** 2).mean(0)
    opt.zero_grad()
    losses.backward(weights)
    opt.step()
    if k % 20 == 0 or k == 99:
        print(k, [round(v, 5) for v in losses.tolist()])
