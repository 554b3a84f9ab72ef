import torch

torch.manual_seed(0)
M = torch.randn(12, 3) @ torch.randn(3, 12)
U, V = torch.randn(12, 3, requires_grad=True), torch.randn(3, 12, requires_grad=True)
eps = 0.5
for i in range(20):
    loss = (U @ V - M).pow(2).sum()  # mistake: loss-sum-large-n
    gu, gv = torch.autograd.grad(loss, (U, V))
    with torch.no_grad():
        U -= eps * gu  # mistake: lr-too-large | loss-sum-large-n
        V -= eps * gv
    print(loss.item())
