import torch
from torch import nn

torch.manual_seed(0)
image, text = nn.Linear(9, 6), nn.Linear(7, 6)
logit_scale = nn.Parameter(torch.tensor(1.0))  # mistake: param-not-in-optimizer
optimizer = torch.optim.Adam([*image.parameters(), *text.parameters()], lr=5e-3)  # mistake: param-not-in-optimizer
hidden = torch.randn(80, 5)
A, B = hidden @ torch.randn(5, 9), hidden @ torch.randn(5, 7)
for step in range(20):
    rows = torch.randperm(80)[:20]
    a = nn.functional.normalize(image(A[rows]), dim=-1)
    b = nn.functional.normalize(text(B[rows]), dim=-1)
    logits = logit_scale.exp() * a @ b.T
    labels = torch.arange(20)
    loss = (nn.functional.cross_entropy(logits, labels) + nn.functional.cross_entropy(logits.T, labels)) / 2
    optimizer.zero_grad()
    loss.backward()  # mistake: param-not-in-optimizer
    optimizer.step()  # mistake: param-not-in-optimizer
    print(step, loss.item())
