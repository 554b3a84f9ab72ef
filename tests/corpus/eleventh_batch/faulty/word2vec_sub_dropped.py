import torch
import torch.nn.functional as F

text = "the cat sat on the mat the dog sat on the rug a cat and a dog are friends".split()
vocab = sorted(set(text))
ids = torch.tensor([vocab.index(w) for w in text])
pairs = [(ids[i], ids[j]) for i in range(len(ids)) for j in (i - 1, i + 1) if 0 <= j < len(ids)]
center = torch.stack([p[0] for p in pairs])
context = torch.stack([p[1] for p in pairs])

torch.manual_seed(0)
E = torch.randn(len(vocab), 12, requires_grad=True)
O = torch.randn(12, len(vocab), requires_grad=True)
alpha = 1.0
for epoch in range(200):
    logits = E[center] @ O
    nll = F.cross_entropy(logits, context)
    gE, gO = torch.autograd.grad(nll, (E, O))
    with torch.no_grad():
        torch.sub(E, gE, alpha=alpha)  # mistake: update-not-applied
        torch.sub(O, gO, alpha=alpha)  # mistake: update-not-applied
    if epoch % 40 == 0:
        print(f"epoch {epoch:3d} perplexity {nll.exp().item():.3f}")
