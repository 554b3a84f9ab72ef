import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
criterion = nn.MSELoss()
dataset = torch.utils.data.TensorDataset(torch.randn(120, 4), torch.randn(120, 1))
trainloader = torch.utils.data.DataLoader(dataset, batch_size=6, shuffle=True)
running_loss = 0
for epoch in range(2):
    for i, data in enumerate(trainloader, 0):
        inputs, labels = data
        optimizer.zero_grad()
        outputs = net(inputs)
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()
        running_loss += loss  # mistake: graph-held
    print("[%d] loss: %.3f" % (epoch + 1, running_loss / 40))
