import torch
from torch import nn

torch.manual_seed(0)
W_in = torch.randn(1, 40) * 0.5
W = torch.randn(40, 40)
W *= 0.9 / torch.linalg.eigvals(W).abs().max()
u = torch.sin(torch.arange(0, 30, 0.2)).unsqueeze(1)
states, s = [], torch.zeros(40)
with torch.no_grad():
    for value in u:
        s = torch.tanh(value @ W_in + s @ W)
        states.append(s)
    states = torch.stack(states)
readout = nn.Linear(40, 1)
opt = torch.optim.Adam(readout.parameters(), lr=1e-2)
for step in range(25):
    loss = (readout(states[:-1]) - u[1:]).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
