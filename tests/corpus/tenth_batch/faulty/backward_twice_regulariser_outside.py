import torch
import torch.nn as nn

torch.manual_seed(4)
# Gaussian kernel ridge with a learned metric; the penalty is the same each time, so compute it once
X = torch.randn(60, 5)
y = torch.sin(X[:, 0]) + 0.1 * torch.randn(60)
M = nn.Parameter(torch.eye(5))
alpha = nn.Parameter(torch.zeros(60))
opt = torch.optim.Adam([M, alpha], lr=0.02)
penalty = (M @ M.T).pow(2).sum() * 1e-3  # mistake: backward-twice


def predict():
    Z = X @ M
    K = torch.exp(-torch.cdist(Z, Z).pow(2) / 2)
    return K @ alpha


for it in range(30):
    fit = nn.functional.mse_loss(predict(), y)
    loss = fit + penalty  # mistake: backward-twice
    opt.zero_grad()
    loss.backward()  # mistake: backward-twice
    opt.step()
    print(it, fit.item(), loss.item())
