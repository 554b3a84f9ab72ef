import torch
import torch.nn as nn

torch.manual_seed(0)


class MIL(nn.Module):
    """one bag (instances x features) at a time; the weights sum to one over the instances"""

    def __init__(self):
        super().__init__()
        self.att = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 1))
        self.clf = nn.Linear(4, 1)

    def forward(self, bag):
        a = torch.softmax(self.att(bag), dim=0)
        return self.clf((a * bag).sum(0))


def make_bag():
    bag = torch.randn(torch.randint(4, 9, (1,)).item(), 4)
    label = torch.rand(1) < 0.5
    if label:
        bag[0] += torch.tensor([4.0, 4.0, 0.0, 0.0])
    return bag, label.float()


bags = [make_bag() for _ in range(60)]
mil = MIL()
opt = torch.optim.Adam(mil.parameters(), lr=0.02)
for epoch in range(30):
    opt.zero_grad()
    total = 0.0
    for bag, label in bags:
        loss = nn.functional.binary_cross_entropy_with_logits(mil(bag), label) / len(bags)
        loss.backward()
        total += loss.item()
    opt.step()
    if epoch % 6 == 0 or epoch == 29:
        print(epoch, total)
