import torch

torch.manual_seed(0)
cost = torch.rand(6, 6)
logits = torch.zeros(6, 6, requires_grad=True)
opt = torch.optim.Adam([logits], lr=0.1)
for it in range(40):
    plan = logits
    for _ in range(8):
        plan = torch.log_softmax(plan, dim=1)
        plan = torch.log_softmax(plan, dim=0)
    loss = (plan.exp() * cost).sum() + 0.05 * (plan.exp() * plan).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
