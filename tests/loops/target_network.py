import copy
import torch
from torch import nn

torch.manual_seed(33)
q = nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 2))
tgt = copy.deepcopy(q)
opt = torch.optim.Adam(q.parameters(), lr=0.005)
eye = torch.eye(5)
for step in range(24):
    s = torch.randint(0, 5, (32,))
    a = torch.randint(0, 2, (32,))
    s2 = (s + a * 2 - 1).clamp(0, 4)
    r = (s2 == 4).float()
    with torch.no_grad():
        y = r + 0.8 * tgt(eye[s2]).max(1).values
    loss = nn.functional.mse_loss(q(eye[s]).gather(1, a[:, None]).squeeze(1), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 6 == 0:
        tgt.load_state_dict(q.state_dict())
        print(step, loss.item())
