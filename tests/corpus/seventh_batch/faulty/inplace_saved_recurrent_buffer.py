import torch
from torch import nn


class Cell(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.size = size
        self.inner = nn.Linear(size, size)
        self.outer = nn.Linear(1, size)

    def forward(self, sequence):
        states = torch.zeros(len(sequence) + 1, sequence.shape[1], self.size)
        for t in range(len(sequence)):
            states[t + 1] = torch.tanh(self.inner(states[t]) + self.outer(sequence[t]))  # mistake: inplace-saved
        return states[1:]


torch.manual_seed(0)
cell = Cell(5)
optimizer = torch.optim.Adam(cell.parameters(), lr=1e-2)
sequence = torch.randn(6, 8, 1)
for epoch in range(3):
    loss = (cell(sequence).mean(-1, keepdim=True) - sequence.cumsum(0)).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()  # mistake: inplace-saved
    optimizer.step()
