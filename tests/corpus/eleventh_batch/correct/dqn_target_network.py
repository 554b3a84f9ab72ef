import copy
import torch
import torch.nn as nn

torch.manual_seed(0)
n = 6
q = nn.Sequential(nn.Linear(n, 32), nn.ReLU(), nn.Linear(32, 2))
target_q = copy.deepcopy(q).requires_grad_(False)
opt = torch.optim.Adam(q.parameters(), lr=3e-3)
eye = torch.eye(n)


def env(s, a):
    s2 = (s + (2 * a - 1)).clamp(0, n - 1)
    done = (s2 == n - 1).float()
    return s2, done, done


first = None
for it in range(500):
    s = torch.randint(0, n - 1, (64,))
    a = torch.randint(0, 2, (64,))
    s2, r, done = env(s, a)
    y = r + 0.9 * (1 - done) * target_q(eye[s2]).max(dim=1).values
    pred = q(eye[s]).gather(1, a[:, None]).squeeze(1)
    loss = nn.functional.smooth_l1_loss(pred, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 25 == 0:
        target_q.load_state_dict(q.state_dict())
    if it % 100 == 99:
        with torch.no_grad():
            v = q(eye)[:-1].max(1).values
        print(it + 1, loss.item(), [round(x, 3) for x in v.tolist()], "ideal", [round(0.9 ** k, 3) for k in range(n - 2, -1, -1)])
