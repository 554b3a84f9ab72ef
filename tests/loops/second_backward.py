import torch

torch.manual_seed(4)
signal = torch.sin(torch.arange(60) / 4.0)
a = torch.tensor(0.5, requires_grad=True)
c = torch.tensor(0.1, requires_grad=True)
state = torch.tensor(0.0)

for t in range(10):
    state = torch.tanh(a * state + c * signal[t])
    loss = (state - signal[t + 1]) ** 2
    loss.backward()
    with torch.no_grad():
        a -= 0.1 * a.grad
        c -= 0.1 * c.grad
        a.grad.zero_()
        c.grad.zero_()
    print(t, loss.item())
