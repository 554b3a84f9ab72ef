import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.fc1 = nn.Linear(10, 20)
        self.fc2 = nn.Linear(20, 4)

    def forward(self, x):
        x = torch.relu(self.fc1(x))
        return torch.log_softmax(self.fc2(x), dim=0)  # mistake: softmax-wrong-axis


torch.manual_seed(0)
net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
x = torch.randn(60, 10)
y = x[:, :4].argmax(1)
for epoch in range(20):
    optimizer.zero_grad()
    loss = nn.functional.nll_loss(net(x), y)  # mistake: softmax-wrong-axis
    loss.backward()
    optimizer.step()
    print(epoch, loss.item())
