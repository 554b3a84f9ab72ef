import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(6, 3)
x = torch.randn(60, 6)
y = x[:, :3].argmax(1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, maximize=True)  # mistake: update-wrong-sign
for epoch in range(30):
    log_probs = nn.functional.log_softmax(model(x), dim=1)
    loss = nn.functional.nll_loss(log_probs, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()  # mistake: update-wrong-sign
    print(epoch, loss.item())
