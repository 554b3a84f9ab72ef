import torch
import torch.nn as nn

torch.manual_seed(0)


class SelfAttention(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(dim, dim) for _ in range(3))
        self.out = nn.Linear(dim, 1)

    def forward(self, x):
        score = self.q(x) @ self.k(x).transpose(1, 2)
        att = torch.softmax(score, dim=1)  # mistake: softmax-wrong-axis
        return self.out(att @ self.v(x)).squeeze(-1)


# every token has to report the value of the token with the highest priority
model = SelfAttention(2)
opt = torch.optim.Adam(model.parameters(), lr=0.02)
for it in range(400):
    x = torch.randn(64, 6, 2)
    winner = x[..., 0].argmax(1, keepdim=True)
    y = x[..., 1].gather(1, winner).expand(64, 6)
    loss = nn.functional.mse_loss(model(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 80 == 79:
        print(it + 1, loss.item())
