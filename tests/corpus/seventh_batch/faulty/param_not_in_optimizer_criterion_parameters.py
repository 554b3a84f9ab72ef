import torch
from torch import nn

torch.manual_seed(4)


class ArcMargin(nn.Module):
    def __init__(self, features, classes, s=8.0):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(classes, features))
        self.s = s

    def forward(self, embedding, label):
        cosine = nn.functional.normalize(embedding) @ nn.functional.normalize(self.weight).T
        return nn.functional.cross_entropy(self.s * cosine, label)


backbone = nn.Sequential(nn.Linear(10, 32), nn.PReLU(), nn.Linear(32, 8))
criterion = ArcMargin(8, 5)  # mistake: param-not-in-optimizer
optimizer = torch.optim.SGD(backbone.parameters(), lr=0.05, momentum=0.9)  # mistake: param-not-in-optimizer
centers = torch.randn(5, 10) * 2
label = torch.randint(0, 5, (100,))
faces = centers[label] + torch.randn(100, 10)
for epoch in range(20):
    optimizer.zero_grad()
    loss = criterion(backbone(faces), label)
    loss.backward()  # mistake: param-not-in-optimizer
    optimizer.step()  # mistake: param-not-in-optimizer
    print(epoch, round(loss.item(), 4))
