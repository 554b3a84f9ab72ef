import torch
from torch import nn

torch.manual_seed(0)
online, frozen = nn.Linear(3, 2), nn.Linear(3, 2)
frozen.load_state_dict(online.state_dict())
optimizer = torch.optim.Adam(online.parameters(), lr=5e-3)
states, following = torch.randn(100, 3), torch.randn(100, 3)
acts, rewards = torch.randint(0, 2, (100,)), torch.rand(100)
priority = torch.ones(100)
for step in range(30):
    chance = priority / priority.sum()
    index = torch.multinomial(chance, 16)
    weight = (100 * chance[index]) ** -0.5
    weight = weight / weight.max()
    with torch.no_grad():
        goal = rewards[index] + 0.95 * frozen(following[index]).max(1).values
    td = goal - online(states[index]).gather(1, acts[index, None]).squeeze(1)
    loss = (weight * td.pow(2)).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    priority[index] = td.detach().abs() + 1e-3
    if step % 10 == 9:
        frozen.load_state_dict(online.state_dict())
        print(step, loss.item())
