import torch
from torch import nn

torch.manual_seed(0)
encode, decode = nn.Linear(12, 4), nn.Linear(4, 12)
opt = torch.optim.Adam([*encode.parameters(), *decode.parameters()], lr=1e-2)
data = torch.randn(128, 4) @ torch.randn(4, 12) * 0.5
for epoch in range(40):
    code = torch.tanh(encode(data))
    quantised = torch.round(code * 4) / 4
    code = code + (quantised - code).detach()
    loss = (decode(code) - data).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
