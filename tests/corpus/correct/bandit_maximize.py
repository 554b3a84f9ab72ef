import torch

torch.manual_seed(0)
preferences = torch.zeros(5, requires_grad=True)
rewards = torch.tensor([0.1, 0.5, 0.9, 0.2, 0.3])
opt = torch.optim.SGD([preferences], lr=0.5, maximize=True)
for step in range(80):
    expected_reward = (torch.softmax(preferences, 0) * rewards).sum()
    opt.zero_grad()
    expected_reward.backward()
    opt.step()
print(expected_reward.item())
