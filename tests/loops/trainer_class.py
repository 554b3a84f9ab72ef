import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(16)

class Trainer:
    def __init__(self, model, lr):
        self.model = model
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
        self.scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, T_max=10)
        self.history = []

    def training_step(self, batch):
        x, y = batch
        return nn.functional.cross_entropy(self.model(x), y)

    def fit(self, loader, epochs):
        for epoch in range(epochs):
            for batch in loader:
                loss = self.training_step(batch)
                self.optimizer.zero_grad(set_to_none=True)
                loss.backward()
                nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
                self.optimizer.step()
                self.history.append(loss.item())
            self.scheduler.step()
            print(epoch, sum(self.history) / len(self.history), self.scheduler.get_last_lr())

x = torch.randn(96, 4)
y = (x[:, 0] > 0).long() + (x[:, 1] > 0).long()
trainer = Trainer(nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3)), lr=0.01)
loader = DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)
trainer.fit(loader, 3)
trainer.fit(loader, 2)
