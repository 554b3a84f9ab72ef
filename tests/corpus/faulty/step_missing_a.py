import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Trainer:
    def __init__(self, net):
        self.net = net
        self.opt = torch.optim.RMSprop(net.parameters(), lr=1e-3)
        self.loss_fn = nn.L1Loss()

    def train_batch(self, x, y):
        self.opt.zero_grad()
        loss = self.loss_fn(self.net(x), y)
        loss.backward()  # mistake: step-missing
        return loss.item()

    def run(self, loader, epochs):
        for e in range(epochs):
            print(e, sum(self.train_batch(x, y) for x, y in loader))


torch.manual_seed(0)
x = torch.randn(60, 4)
loader = DataLoader(TensorDataset(x, x.abs().sum(1, keepdim=True)), batch_size=20, shuffle=True)
Trainer(nn.Sequential(nn.Linear(4, 12), nn.ReLU(), nn.Linear(12, 1))).run(loader, 8)
