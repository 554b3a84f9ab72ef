import torch

torch.manual_seed(3)
images = torch.rand(32, 20)
classes = torch.randint(0, 4, (32,))
W1 = torch.randn(20, 16, requires_grad=True) * 0.1  # mistake: param-not-leaf
b1 = torch.zeros(16, requires_grad=True)
W2 = torch.randn(16, 4, requires_grad=True)
for epoch in range(10):
    hidden = torch.relu(images @ W1 + b1)
    loss = torch.nn.functional.cross_entropy(hidden @ W2, classes)
    loss.backward()
    with torch.no_grad():
        for p in (W1, b1, W2):
            p -= 0.1 * p.grad  # mistake: param-not-leaf
            p.grad = None
