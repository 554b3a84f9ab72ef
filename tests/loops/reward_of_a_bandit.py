import torch

torch.manual_seed(22)
means = torch.tensor([0.1, 0.9, 0.4])
logits = torch.zeros(3, requires_grad=True)
opt = torch.optim.SGD([logits], lr=0.1)
baseline = 0.0
for ep in range(40):
    dist = torch.distributions.Categorical(logits=logits)
    a = dist.sample()
    r = (means[a] + 0.3 * torch.randn(())).item()
    loss = -dist.log_prob(a) * (r - baseline)
    opt.zero_grad()
    loss.backward()
    opt.step()
    baseline += 0.05 * (r - baseline)
    if ep % 10 == 0:
        print(ep, loss.item(), torch.softmax(logits, 0).tolist())
