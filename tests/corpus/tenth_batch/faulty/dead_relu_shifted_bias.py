import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits

torch.manual_seed(0)
d = load_digits()
x = torch.tensor(d.data, dtype=torch.float32) / 16
y = torch.tensor(d.target)


class SparseCode(nn.Module):
    """a threshold makes the code sparse"""

    def __init__(self, n_code=40, threshold=6.0):
        super().__init__()
        self.dictionary = nn.Linear(64, n_code)
        nn.init.constant_(self.dictionary.bias, -threshold)  # mistake: dead-relu
        self.readout = nn.Linear(n_code, 10)

    def forward(self, x):
        return self.readout(F.relu(self.dictionary(x)))  # mistake: dead-relu


model = SparseCode()
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(5):
    for b in torch.randperm(len(x)).split(100):
        out = model(x[b])
        loss = F.cross_entropy(out, y[b])
        opt.zero_grad()
        loss.backward()  # mistake: dead-relu
        opt.step()
    print(epoch, loss.item(), (model(x).argmax(1) == y).float().mean().item())
