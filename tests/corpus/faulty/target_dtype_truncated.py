import torch
from torch import nn

torch.manual_seed(0)
ratings = [0.2, 0.9, 1.4, 0.7, 1.8, 0.4, 1.1, 0.6]
x = torch.randn(8, 3)
y = torch.tensor(ratings, dtype=torch.long).unsqueeze(1)  # mistake: target-dtype
model = nn.Linear(3, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(20):
    loss = ((model(x) - y) ** 2).mean()  # mistake: target-dtype
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, loss.item())
