import torch

torch.manual_seed(0)
weights = []
for rows, columns in ((4, 10), (10, 1)):
    w = torch.randn(rows, columns, requires_grad=True)
    weights.append(w.mul(rows**-0.5))  # mistake: param-not-leaf
x = torch.randn(40, 4)
y = x[:, 1:2].cos()


def update(parameters, rate):
    with torch.no_grad():
        for p in parameters:
            if p.grad is None:  # mistake: param-not-leaf
                continue
            p.sub_(rate * p.grad)
            p.grad.zero_()


for step in range(12):
    guess = torch.tanh(x @ weights[0]) @ weights[1]
    error = (guess - y).pow(2).mean()
    error.backward(retain_graph=True)
    update(weights, 0.1)
    print(step, error.item())
