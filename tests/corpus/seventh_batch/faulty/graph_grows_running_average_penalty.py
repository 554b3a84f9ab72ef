import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(6, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
x = torch.randn(48, 6)
y = x.mean(1, keepdim=True)
smooth = torch.zeros(1)
for step in range(25):
    pred = model(x)
    smooth = 0.9 * smooth + 0.1 * pred.mean()  # mistake: graph-grows
    loss = nn.functional.mse_loss(pred, y) + 0.01 * smooth.pow(2).sum()
    optimizer.zero_grad()
    loss.backward(retain_graph=True)  # mistake: graph-grows
    optimizer.step()
    print(step, loss.item())
