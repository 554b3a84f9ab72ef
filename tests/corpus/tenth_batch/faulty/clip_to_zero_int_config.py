import torch
from torch import nn

config = {
    "seed": 0,
    "lr": 0.02,
    "epochs": 40,
    "hidden": 24,
    "grad_clip": int(0.5),  # mistake: clip-to-zero
}

torch.manual_seed(config["seed"])
time = torch.arange(200) * 0.1
series = torch.sin(time) + 0.3 * torch.sin(3.1 * time)
windows = series.unfold(0, 9, 1)
inputs, targets = windows[:, :8], windows[:, 8:]

net = nn.Sequential(nn.Linear(8, config["hidden"]), nn.ReLU(), nn.Linear(config["hidden"], 1))
optim = torch.optim.SGD(net.parameters(), lr=config["lr"], momentum=0.9)


def train_epoch():
    total = 0.0
    for idx in torch.randperm(len(inputs)).split(32):
        optim.zero_grad()
        loss = nn.functional.mse_loss(net(inputs[idx]), targets[idx])
        loss.backward()
        nn.utils.clip_grad_value_(net.parameters(), config["grad_clip"])  # mistake: clip-to-zero
        optim.step()  # mistake: clip-to-zero
        total += loss.item() * len(idx)
    return total / len(inputs)


for epoch in range(config["epochs"]):
    value = train_epoch()
    if epoch % 8 == 7:
        print(epoch, value)
