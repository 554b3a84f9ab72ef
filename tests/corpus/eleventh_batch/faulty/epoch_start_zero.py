import numpy as np
import torch
from sklearn.datasets import load_diabetes

torch.manual_seed(1)
data = load_diabetes()
X = torch.tensor(data.data, dtype=torch.float32)
X = (X - X.mean(0)) / X.std(0)
y = torch.tensor(data.target, dtype=torch.float32)
y = ((y - y.mean()) / y.std()).unsqueeze(1)
loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(X, y), batch_size=16, shuffle=True)

net = torch.nn.Sequential(torch.nn.Linear(10, 32), torch.nn.Tanh(), torch.nn.Linear(32, 1))
optim = torch.optim.SGD(net.parameters(), lr=0.05)
crit = torch.nn.MSELoss()

for epoch in range(20):
    net.train()
    optim.zero_grad()
    losses = []
    for xb, yb in loader:
        loss = crit(net(xb), yb)
        loss.backward()  # mistake: grad-not-cleared
        optim.step()  # mistake: grad-not-cleared
        losses.append(loss.item())
    if epoch % 4 == 3:
        print(f"epoch {epoch + 1}: train mse {np.mean(losses):.4f}")
