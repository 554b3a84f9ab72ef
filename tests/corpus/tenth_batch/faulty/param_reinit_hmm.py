# hidden Markov model with learned transition/emission logits, forward algorithm in log space
import torch

torch.manual_seed(0)
S, V, T = 3, 4, 60
true_T = torch.tensor([[0.9, 0.05, 0.05], [0.05, 0.9, 0.05], [0.05, 0.05, 0.9]])
true_E = torch.tensor([[0.8, 0.1, 0.05, 0.05], [0.05, 0.8, 0.1, 0.05], [0.05, 0.05, 0.1, 0.8]])
state, obs = 0, []
for _ in range(T):
    state = torch.multinomial(true_T[state], 1).item()
    obs.append(torch.multinomial(true_E[state], 1).item())


def log_likelihood(A, B):
    logA, logB = A.log_softmax(1), B.log_softmax(1)
    alpha = logB[:, obs[0]] - torch.log(torch.tensor(float(S)))
    for o in obs[1:]:
        alpha = torch.logsumexp(alpha[:, None] + logA, 0) + logB[:, o]
    return alpha.logsumexp(0)


def one_step(step):
    A = torch.randn(S, S, requires_grad=True)  # mistake: param-reinit
    B = torch.randn(S, V, requires_grad=True)  # mistake: param-reinit
    opt = torch.optim.SGD([A, B], lr=0.05)  # mistake: param-reinit
    nll = -log_likelihood(A, B)
    nll.backward()
    opt.step()  # mistake: param-reinit
    return nll.item()


for step in range(40):
    value = one_step(step)  # mistake: param-reinit
    if step % 5 == 4:
        print(step, value)
