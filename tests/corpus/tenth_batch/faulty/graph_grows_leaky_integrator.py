import torch

torch.manual_seed(0)
# a leaky integrator tracks a drifting target; input gains are learned online
T = 150
drive = torch.randn(T, 6)
true_gain = torch.tensor([[0.5, -0.3, 0.0, 0.8, 0.1, -0.2]])
target, s = [], torch.zeros(1)
for u in drive:
    s = 0.95 * s + true_gain @ u
    target.append(s)
target = torch.stack(target) + 0.05 * torch.randn(T, 1)

gain = torch.zeros(1, 6, requires_grad=True)
opt = torch.optim.SGD([gain], lr=2e-3)
state = torch.zeros(1)
for t in range(T):
    state = 0.95 * state + gain @ drive[t]  # mistake: graph-grows
    loss = (state - target[t]).pow(2).mean()
    opt.zero_grad()
    loss.backward(retain_graph=True)  # mistake: graph-grows
    opt.step()
    if t % 30 == 29:
        print(t, loss.item(), (gain - true_gain).norm().item())
