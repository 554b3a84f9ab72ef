import torch

torch.manual_seed(0)


def initialise():
    return {
        "w1": (torch.randn(3, 16) / 3**0.5).requires_grad_(),  # mistake: param-reinit
        "w2": (torch.randn(16, 1) / 4).requires_grad_(),
    }


def forward(p, x):
    return torch.tanh(x @ p["w1"]) @ p["w2"]


x = torch.randn(60, 3)
y = x[:, :1] * x[:, 1:2]
for epoch in range(20):
    params = initialise()  # mistake: param-reinit
    for xb, yb in zip(x.split(60), y.split(60)):
        loss = (forward(params, xb) - yb).square().mean()
        loss.backward()
        with torch.no_grad():
            for p in params.values():
                p.sub_(0.1 * p.grad)
                p.grad = None
    print(epoch, loss.item())
