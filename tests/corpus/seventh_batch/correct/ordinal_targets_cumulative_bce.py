import torch
from torch import nn

torch.manual_seed(0)
grade = torch.randint(0, 5, (100,))
x = torch.cat([grade.float().unsqueeze(1) / 2 + 0.5 * torch.randn(100, 1), torch.randn(100, 3)], 1)
levels = (grade.unsqueeze(1) > torch.arange(4)).float()
net = nn.Linear(4, 1, bias=False)
thresholds = nn.Parameter(torch.linspace(1, -1, 4))
opt = torch.optim.Adam([*net.parameters(), thresholds], lr=5e-2)
for step in range(25):
    loss = nn.functional.binary_cross_entropy_with_logits(net(x) + thresholds, levels)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
