import torch
from torch import nn

torch.manual_seed(8)
real = torch.randn(64, 2) * 0.3 + torch.tensor([2.0, -1.0])
generator = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 2))
critic = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
opt_g = torch.optim.Adam(generator.parameters(), lr=0.005, betas=(0.5, 0.999))
opt_c = torch.optim.Adam(critic.parameters(), lr=0.005, betas=(0.5, 0.999))
bce = nn.functional.binary_cross_entropy_with_logits
ones, zeros = torch.ones(64, 1), torch.zeros(64, 1)

def improve(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

for step in range(15):
    fake = generator(torch.randn(64, 3))
    c = improve(opt_c, bce(critic(real), ones) + bce(critic(fake.detach()), zeros))
    g = improve(opt_g, bce(critic(fake), ones))
    if step % 5 == 0:
        print(step, c, g, fake.mean(0).tolist())
