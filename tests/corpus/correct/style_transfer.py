"""The image is what is trained; the network stays as it is."""
import torch
from torch import nn, optim

torch.manual_seed(0)
cnn = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 8, 3, padding=1), nn.ReLU())
cnn.requires_grad_(False).eval()


def gram(f):
    b, c, h, w = f.size()
    m = f.view(b * c, h * w)
    return m @ m.t() / (b * c * h * w)


content, style = torch.rand(1, 1, 16, 16), torch.rand(1, 1, 16, 16).round()
with torch.no_grad():
    content_features, style_gram = cnn(content), gram(cnn(style))
image = content.clone().requires_grad_(True)
optimizer = optim.LBFGS([image])
run = [0]
while run[0] <= 40:

    def closure():
        with torch.no_grad():
            image.clamp_(0, 1)
        optimizer.zero_grad()
        f = cnn(image)
        loss = nn.functional.mse_loss(f, content_features) + 1e4 * nn.functional.mse_loss(gram(f), style_gram)
        loss.backward()
        run[0] += 1
        return loss

    optimizer.step(closure)
