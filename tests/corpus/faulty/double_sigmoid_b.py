import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
net = nn.Sequential(
    nn.Linear(9, 16),
    nn.ReLU(),
    nn.Linear(16, 1),
    nn.Sigmoid(),  # mistake: double-sigmoid
)
loss_fn = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([2.0]))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
X = torch.randn(120, 9)
Y = (X[:, :3].sum(1, keepdim=True) > 0).float()
for epoch in range(6):
    for x, y in DataLoader(TensorDataset(X, Y), batch_size=24, shuffle=True):
        out = net(x)  # mistake: double-sigmoid
        loss = loss_fn(out, y)  # mistake: double-sigmoid
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
