import torch
import torch.nn as nn

torch.manual_seed(0)


class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(6, 20)
        nn.init.constant_(self.hidden.bias, -10.0)  # mistake: dead-relu
        self.out = nn.Linear(20, 1)

    def forward(self, x):
        return self.out(torch.relu(self.hidden(x)))  # mistake: dead-relu


X = torch.rand(300, 6)
y = (X[:, 0] > X[:, 1]).float().unsqueeze(1)
model = Detector()
opt = torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(200):
    out = model(X)
    loss = nn.functional.binary_cross_entropy_with_logits(out, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 40 == 39:
        print(epoch + 1, loss.item(), ((out > 0) == y.bool()).float().mean().item())
