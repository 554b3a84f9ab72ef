import torch

torch.manual_seed(0)
# maximum likelihood for a local level model; the filter state runs through the whole sequence
T = 80
level = torch.cumsum(0.3 * torch.randn(T), 0)
obs = level + 0.8 * torch.randn(T)
log_q = torch.tensor(1.0, requires_grad=True)
log_r = torch.tensor(1.0, requires_grad=True)
opt = torch.optim.Adam([log_q, log_r], lr=0.1)
for it in range(50):
    m, P, nll = obs[0], torch.tensor(1.0), 0.0
    for z in obs[1:]:
        P = P + log_q.exp()
        S = P + log_r.exp()
        nll = nll + 0.5 * ((z - m) ** 2 / S + S.log())
        k = P / S
        m = m + k * (z - m)
        P = (1 - k) * P
    nll = nll / (T - 1)
    opt.zero_grad()
    nll.backward()
    opt.step()
    if it % 10 == 0 or it == 49:
        print(it, nll.item(), "q", log_q.exp().item(), "r", log_r.exp().item())
