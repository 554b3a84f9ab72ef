import torch
import torch.nn as nn

torch.manual_seed(0)


def init(m):
    if isinstance(m, nn.Linear):
        nn.init.normal_(m.weight, 0.0, 1.0)  # mistake: exploding-grad
        nn.init.zeros_(m.bias)


net = nn.Sequential(*[m for _ in range(8) for m in (nn.Linear(64, 64), nn.ReLU())], nn.Linear(64, 1))
net.apply(init)
X = torch.randn(200, 64)
y = X[:, :4].sum(1, keepdim=True)
opt = torch.optim.SGD(net.parameters(), lr=1e-2)
for epoch in range(50):
    loss = nn.functional.mse_loss(net(X), y)  # mistake: exploding-grad
    opt.zero_grad()
    loss.backward()  # mistake: exploding-grad
    opt.step()  # mistake: exploding-grad
    if epoch % 10 == 0:
        print(epoch, f"{loss.item():.4g}")
