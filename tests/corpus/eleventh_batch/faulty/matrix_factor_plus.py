import torch

torch.manual_seed(2)
n_users, n_items, rank = 30, 20, 3
R = torch.randn(n_users, rank) @ torch.randn(rank, n_items)
seen = torch.rand(n_users, n_items) < 0.5
U = (0.3 * torch.randn(n_users, rank)).requires_grad_()
V = (0.3 * torch.randn(n_items, rank)).requires_grad_()

for epoch in range(60):
    err = ((U @ V.T - R) * seen).square().sum() / seen.sum()
    gu, gv = torch.autograd.grad(err, (U, V))
    with torch.no_grad():
        U += 0.5 * gu  # mistake: update-wrong-sign
        V += 0.5 * gv  # mistake: update-wrong-sign
    if epoch % 10 == 0:
        print(epoch, "rmse", err.sqrt().item())
