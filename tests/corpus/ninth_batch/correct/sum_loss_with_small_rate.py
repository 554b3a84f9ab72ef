import torch

torch.manual_seed(0)
x = torch.randn(800, 3)
y = x @ torch.tensor([[1.0], [-1.0], [2.0]]) + 0.1 * torch.randn(800, 1)
m = torch.nn.Linear(3, 1)
opt = torch.optim.SGD(m.parameters(), lr=2e-4)
loss_fn = torch.nn.MSELoss(reduction="sum")  # as in "learning PyTorch with examples"
for t in range(60):
    y_pred = m(x)
    loss = loss_fn(y_pred, y)
    if t % 10 == 9:
        print(t, loss.item())
    opt.zero_grad()
    loss.backward()
    opt.step()
