import copy

import torch
from torch import nn

torch.manual_seed(0)
server = nn.Linear(4, 2)
clients = []
for k in range(3):
    x = torch.randn(40, 4) + 0.5 * k
    clients.append((x, (x[:, 0] > x[:, 1]).long()))
for communication in range(4):
    local = []
    for x, y in clients:
        model = copy.deepcopy(server)
        sgd = torch.optim.SGD(model.parameters(), lr=0.1)
        for _ in range(3):
            loss = nn.functional.cross_entropy(model(x), y)
            sgd.zero_grad()
            loss.backward()
            sgd.step()
        local.append(model.state_dict())
    server.load_state_dict({name: torch.stack([s[name] for s in local]).mean(0) for name in local[0]})
    print(communication, loss.item())
