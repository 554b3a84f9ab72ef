import torch

torch.manual_seed(0)
P = {
    "W1": torch.zeros(3, 10, requires_grad=True),
    "W2": torch.zeros(10, 1, requires_grad=True),
    "c": torch.zeros(1, requires_grad=True),
}
x = torch.randn(60, 3)
y = x[:, :1].sin() + x[:, 1:2]


def f(x):
    return torch.relu(x @ P["W1"]) @ P["W2"] + P["c"]  # mistake: zero-init | dead-relu


for it in range(40):
    loss = (f(x) - y).pow(2).mean()
    loss.backward()  # mistake: zero-init
    with torch.no_grad():
        for p in P.values():
            p.sub_(0.1 * p.grad)
            p.grad.zero_()
print(loss.item())
