import torch
from torch import nn

torch.manual_seed(0)
proto = nn.Parameter(nn.functional.normalize(torch.randn(3, 5), dim=1))
opt = torch.optim.SGD([proto], lr=0.2)
x = nn.functional.normalize(torch.randn(90, 5), dim=1)
y = x[:, :3].argmax(1)
for i in range(30):
    loss = nn.functional.cross_entropy(5 * x @ proto.T, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    proto.data = proto.data / proto.data.norm(dim=1, keepdim=True)
print(loss.item())
