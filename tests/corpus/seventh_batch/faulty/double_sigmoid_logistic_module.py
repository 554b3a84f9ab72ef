import torch


class LogisticRegression(torch.nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.linear = torch.nn.Linear(dim, 1)

    def forward(self, x):
        score = self.linear(x)
        return score.sigmoid()  # mistake: double-sigmoid


torch.manual_seed(0)
x = torch.randn(100, 3)
y = (x @ torch.tensor([[1.0], [-2.0], [0.5]]) > 0).float()
model = LogisticRegression(3)
lossFn = torch.nn.SoftMarginLoss()
optim = torch.optim.SGD(model.parameters(), lr=0.1)
for i in range(20):
    optim.zero_grad()
    loss = lossFn(model(x), 2 * y - 1)  # mistake: double-sigmoid
    loss.backward()
    optim.step()
    print(i, loss.item())
