import torch
from torch import nn

torch.manual_seed(0)
G = nn.Sequential(nn.Linear(3, 12), nn.ReLU(), nn.Linear(12, 2))
D = nn.Sequential(nn.Linear(2, 12), nn.ReLU(), nn.Linear(12, 1), nn.Sigmoid())
optimG = torch.optim.Adam(G.parameters(), lr=1e-3)
optimD = torch.optim.Adam(D.parameters(), lr=1e-3)
adversarial = nn.functional.binary_cross_entropy_with_logits
for it in range(40):
    true = torch.randn(32, 2) + 2
    fake = G(torch.randn(32, 3))
    optimD.zero_grad()
    lossD = adversarial(D(true), torch.ones(32, 1)) + adversarial(D(fake.detach()), torch.zeros(32, 1))  # mistake: double-sigmoid
    lossD.backward()
    optimD.step()
    optimG.zero_grad()
    lossG = adversarial(D(fake), torch.ones(32, 1))  # mistake: double-sigmoid
    lossG.backward()
    optimG.step()
