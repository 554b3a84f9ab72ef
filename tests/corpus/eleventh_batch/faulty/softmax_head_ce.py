import torch
from torch import nn

torch.manual_seed(0)


def make_classifier(n_in, n_hidden, n_out):
    return nn.Sequential(
        nn.Linear(n_in, n_hidden),
        nn.ReLU(),
        nn.Linear(n_hidden, n_out),
        nn.Softmax(dim=-1),  # mistake: double-softmax
    )


def spiral(n_per, k):
    xs, ys = [], []
    for c in range(k):
        r = torch.linspace(0.1, 1, n_per)
        t = torch.linspace(c * 2.1, c * 2.1 + 2.5, n_per) + 0.1 * torch.randn(n_per)
        xs.append(torch.stack([r * t.cos(), r * t.sin()], 1))
        ys.append(torch.full((n_per,), c))
    return torch.cat(xs), torch.cat(ys)


X, y = spiral(80, 3)
net = make_classifier(2, 40, 3)
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
for epoch in range(300):
    optimizer.zero_grad()
    loss = loss_fn(net(X), y)  # mistake: double-softmax
    loss.backward()
    optimizer.step()
    if epoch % 60 == 59:
        print(f"{epoch}: {loss.item():.4f} acc {(net(X).argmax(1) == y).float().mean():.3f}")
