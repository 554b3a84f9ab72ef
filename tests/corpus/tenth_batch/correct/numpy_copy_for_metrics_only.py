import numpy as np
import torch
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import roc_auc_score
from torch import nn

torch.manual_seed(0)
X, y = load_breast_cancer(return_X_y=True)
X = ((X - X.mean(0)) / X.std(0)).astype(np.float32)
X, y = torch.from_numpy(X), torch.from_numpy(y).float()
net = nn.Sequential(nn.Linear(30, 8), nn.ReLU(), nn.Linear(8, 1))
opt = torch.optim.Adam(net.parameters(), lr=5e-3)

for epoch in range(10):
    scores, truth, losses = [], [], []
    for b in torch.randperm(len(X)).split(64):
        z = net(X[b]).squeeze(1)
        loss = nn.functional.binary_cross_entropy_with_logits(z, y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
        scores.append(torch.sigmoid(z).detach().numpy())
        truth.append(y[b].numpy())
        losses.append(loss.item())
    auc = roc_auc_score(np.concatenate(truth), np.concatenate(scores))
    mean = torch.tensor(losses).mean()
    print(epoch, mean.item(), auc)
