from torch import nn


class Net(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(n_in, 24), nn.ReLU(), nn.Dropout(0.1), nn.Linear(24, n_out))

    def forward(self, x):
        return self.net(x)
