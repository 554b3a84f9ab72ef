import torch

torch.manual_seed(0)
# multinomial logistic regression by hand
N, C = 240, 4
X = torch.randn(N, 6)
labels = (X @ torch.randn(6, C) * 2).argmax(1)
W = torch.zeros(6, C, requires_grad=True)
opt = torch.optim.SGD([W], lr=0.5)


def log_probs(z):
    return z - z.logsumexp(0, keepdim=True)  # mistake: softmax-wrong-axis


for it in range(100):
    lp = log_probs(X @ W)
    nll = -lp[torch.arange(N), labels].mean()  # mistake: softmax-wrong-axis
    opt.zero_grad()
    nll.backward()
    opt.step()
    if it % 20 == 0:
        print(it, nll.item(), (lp.argmax(1) == labels).float().mean().item())
