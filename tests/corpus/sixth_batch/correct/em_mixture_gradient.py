import torch

torch.manual_seed(0)
data = torch.cat([torch.randn(60) - 2, torch.randn(60) + 3])
means = torch.tensor([-0.5, 0.5], requires_grad=True)
logits = torch.zeros(2, requires_grad=True)
opt = torch.optim.Adam([means, logits], lr=0.1)
for _ in range(60):
    log_prior = torch.log_softmax(logits, 0)
    log_p = log_prior[:, None] - 0.5 * (data - means[:, None]) ** 2
    loss = -torch.logsumexp(log_p, dim=0).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(means)
