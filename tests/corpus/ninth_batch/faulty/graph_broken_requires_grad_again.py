import torch

torch.manual_seed(0)
w = torch.randn(3, requires_grad=True)
x = torch.randn(25, 3)
y = x @ torch.tensor([1.0, 2.0, 3.0])
opt = torch.optim.SGD([w], lr=0.1)
for i in range(20):
    errors = []
    for row, goal in zip(x, y):
        errors.append(((row @ w - goal) ** 2).item())  # mistake: graph-broken
    # "element 0 of tensors does not require grad" -> so I set it
    loss = torch.tensor(errors, requires_grad=True).mean()  # mistake: graph-broken
    opt.zero_grad()
    loss.backward()  # mistake: graph-broken
    opt.step()
    print(i, loss.item())
