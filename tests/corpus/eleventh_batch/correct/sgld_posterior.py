import torch

torch.manual_seed(0)
X = torch.randn(200, 2)
y = X @ torch.tensor([1.5, -0.7]) + 0.5 * torch.randn(200)
w = torch.zeros(2, requires_grad=True)
eps, kept, first = 2e-4, [], None
for k in range(2000):
    i = torch.randint(0, 200, (50,))
    nlp = 4 * ((X[i] @ w - y[i]) ** 2).sum() / (2 * 0.25) + 0.5 * w.square().sum()
    g, = torch.autograd.grad(nlp, w)
    with torch.no_grad():
        w += -0.5 * eps * g + eps ** 0.5 * torch.randn(2)  # Langevin noise
    if k >= 500:
        kept.append(w.detach().clone())
    if k % 400 == 0:
        print(k, nlp.item(), w.tolist())
S = torch.stack(kept)
print("posterior mean", S.mean(0).tolist(), "sd", S.std(0).tolist())
