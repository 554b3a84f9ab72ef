import torch
import torch.nn as nn

torch.manual_seed(0)


class LoRALinear(nn.Module):
    def __init__(self, base, r=2):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.A = nn.Parameter(torch.randn(r, base.in_features) / base.in_features ** 0.5)
        self.B = nn.Parameter(torch.zeros(base.out_features, r))

    def forward(self, x):
        return self.base(x) + x @ self.A.T @ self.B.T


X = torch.randn(300, 8)
pretrained = nn.Linear(8, 4)
shift = torch.outer(torch.randn(4), torch.randn(8))
Y = pretrained(X).detach() + X @ shift.T
layer = LoRALinear(pretrained)
opt = torch.optim.Adam([p for p in layer.parameters() if p.requires_grad], lr=0.02)
for it in range(250):
    loss = nn.functional.mse_loss(layer(X), Y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 50 == 0 or it == 249:
        print(it, loss.item())
