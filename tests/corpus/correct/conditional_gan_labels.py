import torch
from torch import nn

torch.manual_seed(0)
emb_g, emb_d = nn.Embedding(3, 4), nn.Embedding(3, 4)
generator = nn.Sequential(nn.Linear(8, 16), nn.LeakyReLU(0.2), nn.Linear(16, 2), nn.Tanh())
discriminator = nn.Sequential(nn.Linear(6, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1), nn.Sigmoid())
optimizer_G = torch.optim.Adam([*generator.parameters(), *emb_g.parameters()], lr=2e-4, betas=(0.5, 0.999))
optimizer_D = torch.optim.Adam([*discriminator.parameters(), *emb_d.parameters()], lr=2e-4, betas=(0.5, 0.999))
adversarial_loss = nn.BCELoss()
for i in range(30):
    labels = torch.randint(3, (16,))
    real = torch.tanh(torch.randn(16, 2) * 0.1 + labels[:, None] - 1)
    valid = torch.full((16, 1), 1.0)
    fake = torch.full((16, 1), 0.0)
    optimizer_G.zero_grad()
    gen_labels = torch.randint(3, (16,))
    gen = generator(torch.cat([torch.randn(16, 4), emb_g(gen_labels)], 1))
    g_loss = adversarial_loss(discriminator(torch.cat([gen, emb_d(gen_labels)], 1)), valid)
    g_loss.backward()
    optimizer_G.step()
    optimizer_D.zero_grad()
    real_loss = adversarial_loss(discriminator(torch.cat([real, emb_d(labels)], 1)), valid)
    fake_loss = adversarial_loss(discriminator(torch.cat([gen.detach(), emb_d(gen_labels)], 1)), fake)
    d_loss = (real_loss + fake_loss) / 2
    d_loss.backward()
    optimizer_D.step()
    print(i, d_loss.item(), g_loss.item())
