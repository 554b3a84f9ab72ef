import torch
import torch.nn as nn


def train(config):
    torch.manual_seed(config["seed"])
    X = torch.randn(300, 6)
    y = (X[:, :1] + X[:, 1:2]).tanh()
    net = nn.Sequential(nn.Linear(6, 24), nn.Tanh(), nn.Linear(24, 1))
    opt = torch.optim.Adam(net.parameters(), lr=config["lr"])
    sched = torch.optim.lr_scheduler.LambdaLR(opt, lambda e: max(0.0, 1 - e / config["epochs"]))
    for epoch in range(config["epochs"]):
        for idx in torch.randperm(300).split(10):
            loss = nn.functional.mse_loss(net(X[idx]), y[idx])
            opt.zero_grad()
            loss.backward()
            opt.step()
            sched.step()  # mistake: lr-decayed-to-zero
        with torch.no_grad():
            full = nn.functional.mse_loss(net(X), y).item()
        if epoch % 6 == 0:
            yield epoch, full


for epoch, value in train({"seed": 0, "lr": 2e-3, "epochs": 30}):
    print(epoch, value)
