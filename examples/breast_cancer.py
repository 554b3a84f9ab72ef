"""Logistic regression by hand on real data: is a tumour benign?

569 tumours, 30 measurements of each; the data come with scikit-learn.
"""

import torch
from sklearn.datasets import load_breast_cancer

torch.manual_seed(0)

data = load_breast_cancer()
x = torch.tensor(data.data, dtype=torch.float32)
y = torch.tensor(data.target, dtype=torch.float32)  # 1 is benign

order = torch.randperm(len(x))
train, test = order[:400], order[400:]

# Areas are near 1000 and smoothness is near 0.1, so bring all columns to one scale.
# The scale is that of the training part; the test part has to stay unseen.
mean, std = x[train].mean(dim=0), x[train].std(dim=0)
x = (x - mean) / std

w = torch.zeros(30, requires_grad=True)
b = torch.zeros(1, requires_grad=True)

learning_rate = 0.5

for step in range(201):
    z = x[train] @ w + b
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y[train])

    loss.backward()

    with torch.no_grad():
        w -= learning_rate * w.grad
        b -= learning_rate * b.grad

    w.grad.zero_()
    b.grad.zero_()

    if step % 20 == 0:
        with torch.no_grad():
            benign = x[test] @ w + b > 0
        accuracy = (benign == (y[test] == 1)).float().mean().item()
        print(f"Step {step:3d} | Loss: {loss.item():.6f} | Test accuracy: {accuracy:.4f}")

strongest = w.detach().abs().argsort(descending=True)[:5].tolist()
print("The measurements that count most:", ", ".join(data.feature_names[i] for i in strongest))
