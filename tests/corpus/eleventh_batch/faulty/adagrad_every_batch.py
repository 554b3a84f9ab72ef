import torch
import torch.nn.functional as F

torch.manual_seed(0)
# sparse bag of words regression
counts = (torch.rand(200, 40) < torch.linspace(0.02, 0.6, 40)).float()
w_true = torch.randn(40) * 2
stars = counts @ w_true + 0.5 * torch.randn(200)
w = torch.zeros(40, requires_grad=True)
bias = torch.zeros(1, requires_grad=True)

for epoch in range(60):
    sse = 0.0
    for idx in torch.randperm(200).split(10):
        opt = torch.optim.Adagrad([w, bias], lr=0.5)  # mistake: optimizer-in-loop
        loss = F.mse_loss(counts[idx] @ w + bias, stars[idx])
        opt.zero_grad()
        loss.backward()
        opt.step()
        sse += loss.item() * len(idx)
    if epoch % 10 == 9:
        print("epoch", epoch + 1, "mse", round(sse / 200, 4))
