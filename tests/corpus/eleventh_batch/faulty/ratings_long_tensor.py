import torch
import torch.nn as nn

torch.manual_seed(0)
stars = [0.5 * k for k in range(1, 11)]
users = torch.randint(0, 15, (400,))
movies = torch.randint(0, 25, (400,))
u_taste, m_qual = torch.randn(15), torch.randn(25)
score = (0.8 + 0.5 * u_taste[users] + 0.5 * m_qual[movies]).tolist()
ratings = torch.tensor(score, dtype=torch.int64)  # mistake: target-dtype
true = torch.tensor(score)


class Bias(nn.Module):
    def __init__(self):
        super().__init__()
        self.u = nn.Embedding(15, 1)
        self.m = nn.Embedding(25, 1)
        self.c = nn.Parameter(torch.zeros(1))

    def forward(self, u, m):
        return (self.u(u) + self.m(m)).squeeze(1) + self.c


model = Bias()
opt = torch.optim.Adam(model.parameters(), lr=0.05)
for epoch in range(200):
    pred = model(users, movies)
    loss = nn.functional.mse_loss(pred, ratings.float())  # mistake: target-dtype
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 40 == 39:
        print(epoch + 1, "train mse", round(loss.item(), 4), "error in stars", round((pred - true).abs().mean().item(), 4))
