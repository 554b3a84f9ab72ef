import torch
from torch import nn

torch.manual_seed(0)
experts = nn.ModuleList([nn.Linear(3, 1) for _ in range(4)])
router = nn.Linear(3, 4)
opt = torch.optim.Adam([*experts.parameters(), *router.parameters()], lr=1e-2)
x = torch.randn(64, 3)
y = torch.where(x[:, :1] > 0, x[:, 1:2], -x[:, 2:])
for epoch in range(30):
    shares = nn.functional.softmax(router(x), dim=0)  # mistake: softmax-wrong-axis
    outputs = torch.cat([expert(x) for expert in experts], dim=1)
    prediction = (shares * outputs).sum(dim=1, keepdim=True)
    loss = nn.functional.mse_loss(prediction, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
