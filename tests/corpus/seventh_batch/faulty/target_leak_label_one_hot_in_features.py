import torch
from torch import nn

torch.manual_seed(0)
table = torch.randn(120, 5)
churn = (table[:, 0] + 0.5 * torch.randn(120) > 0).float()
frame = torch.column_stack([table, churn])  # mistake: target-leak
columns = ["age", "visits", "spend", "days", "calls", "churn"]
inputs = frame[:, : len(columns)]  # mistake: target-leak
wanted = frame[:, columns.index("churn")]
model = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(40):
    logits = model(inputs).flatten()  # mistake: target-leak
    loss = nn.functional.binary_cross_entropy_with_logits(logits, wanted)  # mistake: target-leak
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 8 == 0:
        print(epoch, loss.item())
