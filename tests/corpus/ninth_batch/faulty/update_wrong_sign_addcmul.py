import torch

torch.manual_seed(0)
gewichte = torch.randn(6, requires_grad=True)
eingaben = torch.randn(40, 6)
ziele = eingaben @ torch.arange(6.0)
lernrate = 0.01

for runde in range(30):
    verlust = torch.mean((eingaben @ gewichte - ziele) ** 2)
    verlust.backward()
    gewichte.data.add_(gewichte.grad, alpha=lernrate)  # mistake: update-wrong-sign
    gewichte.grad.zero_()
    print(runde, verlust.item())
