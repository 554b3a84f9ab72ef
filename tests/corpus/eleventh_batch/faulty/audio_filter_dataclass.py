from dataclasses import dataclass, field
import torch


@dataclass
class State:
    taps: torch.Tensor
    lr: float = 0.02
    log: list = field(default_factory=list)


torch.manual_seed(0)
noise = torch.randn(4000)
echo = torch.tensor([0.0, 0.8, 0.0, -0.3, 0.1])
mic = torch.nn.functional.conv1d(noise.view(1, 1, -1), echo.flip(0).view(1, 1, -1), padding=4).flatten()[:4000]
st = State(taps=torch.zeros(5, requires_grad=True))

for start in range(0, 3900, 50):
    frame = noise[start:start + 54].unfold(0, 5, 1).flip(1)
    wanted = mic[start + 4:start + 54]
    err = (frame @ st.taps - wanted).square().mean()
    err.backward()  # mistake: grad-not-cleared
    with torch.no_grad():
        st.taps -= st.lr * st.taps.grad  # mistake: grad-not-cleared
    st.log.append(err.item())
    if len(st.log) % 13 == 0:
        print(len(st.log), "echo left", sum(st.log[-13:]) / 13)
