import torch
import torch.nn as nn

torch.manual_seed(0)
# fitted Q iteration on a two-action chain
n = 5
q = nn.Sequential(nn.Linear(n, 32), nn.ReLU(), nn.Linear(32, 2))
opt = torch.optim.Adam(q.parameters(), lr=5e-3)
eye = torch.eye(n)


def step(s, a):
    s2 = (s + 2 * a - 1).clamp(0, n - 1)
    return s2, (s2 == n - 1).float()


for it in range(400):
    s = torch.randint(0, n - 1, (64,))
    a = torch.randint(0, 2, (64,))
    s2, r = step(s, a)
    with torch.no_grad():
        target = r + 0.8 * (1 - r) * q(eye[s2]).max(1).values
    q_sa = q(eye[s]).gather(1, a.unsqueeze(1))  # mistake: loss-broadcast
    loss = ((q_sa - target) ** 2).mean()  # mistake: loss-broadcast
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 80 == 79:
        with torch.no_grad():
            print(it + 1, "td", round(loss.item(), 5), "greedy", q(eye).argmax(1).tolist()[:-1])
