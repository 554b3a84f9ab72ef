import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
V, L, C = 40, 15, 8
docs = torch.randint(0, V, (320, L))
topic = torch.randint(0, C, (320,))
for r in range(320):
    docs[r, torch.randperm(L)[:5]] = topic[r] * 5 + torch.randint(0, 5, (5,))


class TextCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(V, 16)
        self.convs = nn.ModuleList(nn.Conv1d(16, 12, k) for k in (2, 3))
        self.fc = nn.Linear(24, C)

    def forward(self, t):
        e = self.embed(t).transpose(1, 2)
        h = torch.cat([F.relu(c(e)).amax(2) for c in self.convs], 1)
        return F.softmax(self.fc(h), dim=1)  # mistake: double-softmax


model = TextCNN()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
criterion = nn.CrossEntropyLoss()
for epoch in range(12):
    tot = hit = 0.0
    for b in torch.randperm(320).split(32):
        out = model(docs[b])
        loss = criterion(out, topic[b])  # mistake: double-softmax
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        tot += loss.item() / 10
        hit += (out.argmax(1) == topic[b]).sum().item()
    print(epoch, round(tot, 3), hit / 320)
