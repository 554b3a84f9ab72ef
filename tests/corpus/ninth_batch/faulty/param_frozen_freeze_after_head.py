import torch
from torch import nn

torch.manual_seed(0)


def build(pretrained_dim=16, classes=4):
    backbone = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, pretrained_dim), nn.ReLU())
    head = nn.Linear(pretrained_dim, classes)
    model = nn.Sequential(backbone, head)
    # freeze the pretrained part
    for p in model.parameters():
        p.requires_grad_(False)  # mistake: param-frozen
    return model


model = build()
opt = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
x, y = torch.randn(64, 10), torch.randint(0, 4, (64,))
criterion = nn.CrossEntropyLoss()
for e in range(5):
    opt.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()  # mistake: param-frozen
    opt.step()
    print(e, loss.item())
