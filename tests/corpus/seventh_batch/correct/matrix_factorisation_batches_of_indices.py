import torch

torch.manual_seed(0)
R = torch.randn(20, 3) @ torch.randn(3, 15)
known = torch.rand(20, 15) < 0.5
rows, cols = known.nonzero(as_tuple=True)
U = (0.3 * torch.randn(20, 3)).requires_grad_()
V = (0.3 * torch.randn(15, 3)).requires_grad_()
for epoch in range(4):
    for part in torch.randperm(len(rows)).split(30):
        r, c = rows[part], cols[part]
        loss = ((U[r] * V[c]).sum(1) - R[r, c]).pow(2).mean() + 0.001 * (U[r].pow(2).mean() + V[c].pow(2).mean())
        gu, gv = torch.autograd.grad(loss, [U, V])
        with torch.no_grad():
            U -= 1.0 * gu
            V -= 1.0 * gv
    print(epoch, loss.item())
