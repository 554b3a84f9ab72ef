import torch
from torch import nn


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(4, 12, batch_first=True)
        self.fc = nn.Linear(12, 5)

    def forward(self, sequence):
        _, (h, _) = self.lstm(sequence)
        return self.fc(h[-1]).softmax(-1)  # mistake: double-softmax


torch.manual_seed(0)
model = Classifier()
loss_fn = nn.CrossEntropyLoss(label_smoothing=0.05)
opt = torch.optim.Adam(model.parameters(), lr=5e-3)
sequences = torch.randn(60, 7, 4)
classes = torch.randint(0, 5, (60,))
for epoch in range(10):
    for s, c in zip(sequences.split(20), classes.split(20)):
        opt.zero_grad()
        loss_fn(model(s), c).backward()  # mistake: double-softmax
        opt.step()
