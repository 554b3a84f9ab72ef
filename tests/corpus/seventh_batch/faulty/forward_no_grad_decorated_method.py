import torch
from torch import nn


class Recommender(nn.Module):
    def __init__(self):
        super().__init__()
        self.users = nn.Embedding(10, 4)
        self.films = nn.Embedding(15, 4)

    @torch.no_grad()  # mistake: forward-no-grad
    def score(self, user, film):
        return (self.users(user) * self.films(film)).sum(-1)  # mistake: forward-no-grad


torch.manual_seed(0)
model = Recommender()
sparse = torch.optim.Adagrad(model.parameters(), lr=0.1)
user, film = torch.randint(0, 10, (60,)), torch.randint(0, 15, (60,))
stars = ((user + film) % 5).float()
for epoch in range(3):
    loss = (model.score(user, film) - stars).pow(2).mean()
    sparse.zero_grad()
    loss.backward()  # mistake: forward-no-grad
    sparse.step()
