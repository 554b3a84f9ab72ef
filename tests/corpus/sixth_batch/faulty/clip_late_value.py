import torch
from torch import nn

torch.manual_seed(0)
lstm, head = nn.LSTM(3, 8), nn.Linear(8, 1)
ps = list(lstm.parameters()) + list(head.parameters())
opt = torch.optim.RMSprop(ps, lr=1e-3)
for it in range(15):
    x = torch.randn(10, 8, 3)
    o, _ = lstm(x)
    loss = (head(o[-1]) - x.mean((0, 2)).unsqueeze(1)).pow(2).mean()
    for p in ps:
        p.grad = None
    loss.backward()
    opt.step()
    torch.nn.utils.clip_grad_value_(ps, 0.1)  # mistake: clip-after-step
print(loss.item())
