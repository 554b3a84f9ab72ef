import torch
from sklearn.datasets import make_classification

torch.manual_seed(0)
Xn, yn = make_classification(n_samples=160, n_features=8, n_informative=5, random_state=0)
X = torch.tensor(Xn, dtype=torch.float32)
y = torch.tensor(yn, dtype=torch.float32)
lin = torch.nn.Linear(8, 1)
opt = torch.optim.SGD(lin.parameters(), lr=0.1)
bce = torch.nn.BCEWithLogitsLoss()

running_loss = 0.0
seen = 0
for epoch in range(10):
    for idx in torch.randperm(160).split(16):
        opt.zero_grad()
        running_loss = running_loss + bce(lin(X[idx]).squeeze(1), y[idx])  # mistake: graph-grows
        seen += 1
        running_loss.backward(retain_graph=True)  # mistake: graph-grows
        opt.step()
    print(f"epoch {epoch} running loss {running_loss.item() / seen:.4f}")
