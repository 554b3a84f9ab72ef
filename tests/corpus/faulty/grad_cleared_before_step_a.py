import torch
from torch import nn

torch.manual_seed(0)
images = torch.rand(90, 16)
labels = torch.randint(0, 3, (90,))
classifier = nn.Linear(16, 3)
optimiser = torch.optim.Adam(classifier.parameters(), lr=1e-2)
for epoch in range(20):
    for i in range(0, 90, 30):
        logits = classifier(images[i : i + 30])
        loss = nn.functional.cross_entropy(logits, labels[i : i + 30])
        loss.backward()
        classifier.zero_grad()  # mistake: grad-cleared-before-step
        optimiser.step()
    print(epoch, loss.item())
