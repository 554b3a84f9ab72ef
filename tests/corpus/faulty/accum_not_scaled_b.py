import torch

torch.manual_seed(0)
ACCUMULATE = 16
X = torch.randn(512, 10)
truth = torch.randn(10, 1)
Y = X @ truth + 0.01 * torch.randn(512, 1)
weight = torch.zeros(10, 1, requires_grad=True)


def micro_batches(size):
    while True:
        order = torch.randperm(len(X))
        for start in range(0, len(X), size):
            chosen = order[start : start + size]
            yield X[chosen], Y[chosen]


stream = micro_batches(8)
for update in range(25):
    for _ in range(ACCUMULATE):
        xb, yb = next(stream)
        loss = torch.mean((xb @ weight - yb) ** 2)  # mistake: accum-not-scaled
        loss.backward()  # mistake: accum-not-scaled
    with torch.no_grad():
        weight -= 0.1 * weight.grad  # mistake: accum-not-scaled
        weight.grad.zero_()
    if update % 5 == 0:
        print(update, loss.item())
