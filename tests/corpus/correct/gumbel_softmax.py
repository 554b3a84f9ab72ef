import torch
from torch import nn

torch.manual_seed(0)
logits_net = nn.Linear(5, 4)
values = nn.Linear(4, 1)
opt = torch.optim.Adam([*logits_net.parameters(), *values.parameters()], lr=0.02)
for step in range(50):
    x = torch.randn(64, 5)
    y = x[:, :4].argmax(1, keepdim=True).float()
    choice = nn.functional.gumbel_softmax(logits_net(x), tau=max(0.5, 1 - step / 50), hard=True)
    loss = nn.functional.mse_loss(values(choice), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
