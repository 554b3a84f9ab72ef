import torch
from torch import nn

torch.manual_seed(0)
# smooth the weights along the training path with an exponential average that stays in the graph
X = torch.randn(120, 8)
y = X @ torch.randn(8) + 0.1 * torch.randn(120)
w = nn.Parameter(torch.zeros(8))
opt = torch.optim.SGD([w], lr=0.05)
average = torch.zeros(8)


def objective(avg):
    return nn.functional.mse_loss(X @ w, y) + 0.1 * (w - avg).abs().sum()


for step in range(120):
    average = average * 0.9 + w * 0.1  # mistake: graph-grows
    loss = objective(average)
    opt.zero_grad()
    loss.backward(retain_graph=True)  # mistake: graph-grows
    opt.step()
    if step % 20 == 0:
        print(step, loss.item())
