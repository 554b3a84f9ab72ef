import torch

torch.manual_seed(0)
empirical = torch.tensor([0.5, 0.3, 0.2, 0.0, 0.0])
phi = torch.zeros(5, requires_grad=True)
for it in range(15):
    q = torch.softmax(phi, 0)
    kl = (empirical * (torch.log(empirical) - torch.log(q))).sum()  # mistake: log-zero
    kl.backward()
    with torch.no_grad():
        phi -= 0.5 * phi.grad
        phi.grad.zero_()
    print(kl.item())
