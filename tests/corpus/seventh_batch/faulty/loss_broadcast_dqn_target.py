import torch
from torch import nn

torch.manual_seed(0)
q_net, target_net = nn.Linear(4, 2), nn.Linear(4, 2)
target_net.load_state_dict(q_net.state_dict())
optimizer = torch.optim.Adam(q_net.parameters(), lr=1e-2)
memory = [(torch.randn(4), i % 2, float(i % 3), torch.randn(4)) for i in range(120)]
for step in range(20):
    pick = torch.randint(0, len(memory), (24,)).tolist()
    s, a, r, s2 = zip(*[memory[i] for i in pick])
    s, s2, a, r = torch.stack(s), torch.stack(s2), torch.tensor(a), torch.tensor(r)
    q = q_net(s).gather(1, a.unsqueeze(1))
    with torch.no_grad():
        target = r + 0.9 * target_net(s2).max(1)[0]
    loss = ((q - target) ** 2).mean()  # mistake: loss-broadcast
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(step, loss.item())
