import torch

torch.manual_seed(0)
metros = torch.rand(100) * 250 + 30
quartos = torch.randint(1, 6, (100,)).float()
preco = 0.002 * metros + 0.1 * quartos + 0.02 * torch.randn(100)
w = torch.zeros(2, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
dados = torch.stack([metros, quartos], dim=1)  # mistake: input-unscaled
for passo in range(20):
    estimativa = dados @ w + b  # mistake: input-unscaled | lr-too-large
    erro = ((estimativa - preco) ** 2).mean()
    erro.backward()
    with torch.no_grad():
        w -= 0.01 * w.grad  # mistake: input-unscaled | lr-too-large
        b -= 0.01 * b.grad
        w.grad.zero_()
        b.grad.zero_()
    print(erro.item())
