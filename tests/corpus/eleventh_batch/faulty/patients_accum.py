import torch

torch.manual_seed(8)
# one tensor per patient, different numbers of visits
patients = []
coef = torch.randn(5)
for _ in range(40):
    n = int(torch.randint(5, 30, (1,)))
    z = torch.randn(n, 5)
    patients.append((z, torch.sigmoid(z @ coef * 2).bernoulli()))

w = torch.zeros(5, requires_grad=True)
b = torch.zeros((), requires_grad=True)
lr = 3.0

for sweep in range(60):
    w.grad = None
    b.grad = None
    total = 0.0
    for z, dead in patients:
        nll = torch.nn.functional.binary_cross_entropy_with_logits(z @ w + b, dead)
        nll.backward()  # mistake: accum-not-scaled
        total += nll.item() / len(patients)
    with torch.no_grad():
        w.sub_(lr * w.grad)  # mistake: accum-not-scaled
        b.sub_(lr * b.grad)  # mistake: accum-not-scaled
    if sweep % 10 == 9:
        print(f"sweep {sweep + 1}: mean nll {total:.4f}")
