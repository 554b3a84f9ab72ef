import torch
import torch.nn as nn

torch.manual_seed(0)
n = 8
q = nn.Sequential(nn.Linear(n, 32), nn.ReLU(), nn.Linear(32, 2))
target_q = q
for p in target_q.parameters():
    p.requires_grad = False  # mistake: param-frozen
eye = torch.eye(n)
opt = torch.optim.Adam(q.parameters(), lr=1e-2)
for it in range(300):
    s = torch.randint(0, n - 1, (64,))
    a = torch.randint(0, 2, (64,))
    s2 = (s + 2 * a - 1).clamp(0, n - 1)
    r = (s2 == n - 1).float()
    y = r + 0.9 * (1 - r) * target_q(eye[s2]).max(1).values
    loss = nn.functional.mse_loss(q(eye[s]).gather(1, a[:, None]).squeeze(1), y)  # mistake: param-frozen
    opt.zero_grad()
    loss.backward()  # mistake: param-frozen
    opt.step()
    if it % 20 == 0:
        target_q.load_state_dict(q.state_dict())
    if it % 60 == 0:
        print(it, loss.item())
