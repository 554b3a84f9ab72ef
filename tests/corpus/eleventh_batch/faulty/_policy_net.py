import torch
import torch.nn as nn


class Mixer(nn.Module):
    """two linear experts with a gate that depends on the context"""

    def __init__(self, d):
        super().__init__()
        self.left = nn.Linear(d, 1)
        self.right = nn.Linear(d, 1)
        self.gate = nn.Linear(d, 1)

    def forward(self, x):
        with torch.no_grad():  # mistake: graph-detached-mid
            g = torch.sigmoid(self.gate(x))
        return g * self.left(x) + (1 - g) * self.right(x)
