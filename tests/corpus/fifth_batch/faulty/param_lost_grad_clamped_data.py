import torch

torch.manual_seed(0)
poids = torch.rand(6, requires_grad=True)
entree = torch.rand(32, 6)
sortie = entree @ torch.tensor([0.1, 0.2, 0.3, 0.1, 0.2, 0.1])
for etape in range(20):
    perte = ((entree @ poids - sortie) ** 2).mean()
    perte.backward()
    poids.data -= 0.2 * poids.grad
    poids = poids.data.clamp(0, 1)  # mistake: param-lost-grad
    print(etape, perte.item())
