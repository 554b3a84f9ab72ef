import time
import torch

# scalar Kalman filter with learnable noise levels, online gradient step per observation
torch.manual_seed(0)
N = 126
truth = torch.cumsum(0.3 * torch.randn(N), 0)
obs = truth + torch.randn(N)
log_q = torch.tensor(0.0, requires_grad=True)
log_r = torch.tensor(1.5, requires_grad=True)

m, P = obs[0].clone(), torch.tensor(1.0)
nlls, clock = [], time.perf_counter()
for t in range(1, N):
    Pp = P + log_q.exp()
    S = Pp + log_r.exp()
    innov = obs[t] - m
    nll = 0.5 * (innov ** 2 / S + S.log())
    g = torch.autograd.grad(nll, (log_q, log_r), retain_graph=True)  # mistake: graph-grows
    with torch.no_grad():
        for par, gr in zip((log_q, log_r), g):
            par.data = par.data - 0.02 * gr.clamp(-1, 1)
    K = Pp / S
    m = m + K * innov  # mistake: graph-grows
    P = (1 - K) * Pp  # mistake: graph-grows
    nlls.append(nll.item())
    if t % 25 == 24:
        now = time.perf_counter()
        print(t, f"nll {sum(nlls[-25:]) / 25:.3f} q {log_q.exp():.3f} r {log_r.exp():.3f} ms/step {(now - clock) * 40:.2f}")
        clock = now
