import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(
    nn.Conv2d(1, 4, 3),
    nn.ReLU(),
    nn.AdaptiveAvgPool2d(2),
    nn.Flatten(),
    nn.Linear(16, 5),
    nn.Softmax(dim=-1),  # mistake: double-softmax
)
criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True)
images, digits = torch.randn(50, 1, 8, 8), torch.randint(0, 5, (50,))
for epoch in range(10):
    predictions = model(images)  # mistake: double-softmax
    loss = criterion(predictions, digits)  # mistake: double-softmax
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(f"{epoch=} {loss.item()=:.4f}")
