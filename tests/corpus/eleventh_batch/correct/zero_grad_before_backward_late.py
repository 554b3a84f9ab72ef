import torch
from sklearn.datasets import load_iris

data = load_iris()
torch.manual_seed(1)
X = torch.tensor(data.data).float()
X = (X - X.mean(0)) / X.std(0)
y = torch.tensor(data.target)
model = torch.nn.Sequential(torch.nn.Linear(4, 12), torch.nn.ReLU(), torch.nn.Linear(12, 3))
opt = torch.optim.Adam(model.parameters(), lr=0.03)
for i in range(120):
    opt.step()  # nothing to do in the first round, gradients are still None
    opt.zero_grad()
    logits = model(X)
    loss = torch.nn.functional.cross_entropy(logits, y)
    loss.backward()
    if i % 20 == 0:
        print(i, loss.item(), (logits.argmax(1) == y).float().mean().item())
