import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
accumulation_steps = 4
ds = TensorDataset(torch.randn(80, 7), torch.randint(0, 2, (80,)).float())
loader = DataLoader(ds, batch_size=10)
model = nn.Linear(7, 1)
opt = torch.optim.AdamW(model.parameters(), lr=1e-3)
lossfn = nn.BCEWithLogitsLoss()
for epoch in range(5):
    for i, (a, b) in enumerate(loader):
        loss = lossfn(model(a).squeeze(1), b) / accumulation_steps
        loss.backward()  # mistake: step-missing
        if i % accumulation_steps == accumulation_steps:  # mistake: step-missing
            opt.step()  # mistake: step-missing
            opt.zero_grad()
    print(epoch, loss.item())
