import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(0)
d = load_digits()
X, y = torch.tensor(d.data / 16, dtype=torch.float32), torch.tensor(d.target)
net = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(6):
    for idx in torch.randperm(len(X)).split(128):
        loss = nn.functional.cross_entropy(net(X[idx]), y[idx])
        opt.zero_grad()
        loss.backward()
        opt.step()
print("classifier loss", loss.item())
net.requires_grad_(False)
img = (0.5 + 0.1 * torch.randn(1, 64)).requires_grad_()
img_opt = torch.optim.Adam([img], lr=0.02)
for it in range(120):
    score = net(img)[0, 3]
    objective = -score + 0.05 * img.square().sum()
    img_opt.zero_grad()
    objective.backward()
    img_opt.step()
    with torch.no_grad():
        img.clamp_(0, 1)
    if it % 30 == 0 or it == 119:
        print(it, "score of class 3", score.item(), "probability", net(img).softmax(1)[0, 3].item())
