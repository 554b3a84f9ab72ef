"""Layers, optimizers, data and random numbers as people combine them."""

from __future__ import annotations

import copy
import io
import pickle

import pytest
import torch
import torch.nn.functional as F
from both_ways import check
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence
from torch.utils.data import DataLoader, Dataset


def batch(n=32):
    x = torch.randn(n, 4)
    return x, (x[:, :1] > 0).float()


def descend(w):
    with torch.no_grad():
        w -= 0.1 * w.grad
    w.grad = None


def fit(model, x, y, optimizer=None, loss=F.mse_loss, turns=3):
    """Train a model, and return all that belongs to it."""
    optimizer = optimizer or torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(turns):
        optimizer.zero_grad()
        loss(model(x), y).backward()
        optimizer.step()
    return [*model.parameters(), *model.buffers()]


# ---------------------------------------------------------------- layers

IMAGES = (6, 3, 12, 12)


def convolutions():
    return nn.Sequential(
        *(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.MaxPool2d(2)),
        *(nn.ConvTranspose2d(4, 4, 2, stride=2), nn.GroupNorm(2, 4), nn.AdaptiveAvgPool2d(1)),
        *(nn.Flatten(), nn.Linear(4, 1)),
    )


def normalised():
    spectral, weight = nn.utils.parametrizations.spectral_norm, nn.utils.parametrizations.weight_norm
    return nn.Sequential(
        *(weight(nn.Linear(4, 8)), nn.LayerNorm(8), nn.GELU(), spectral(nn.Linear(8, 8))),
        *(nn.RMSNorm(8), nn.PReLU(), nn.Linear(8, 1)),
    )


def noisy():
    return nn.Sequential(
        *(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.RReLU(), nn.Dropout(0.3), nn.AlphaDropout(0.1)), nn.Linear(8, 1)
    )


MODELS = {"convolutions": (convolutions, IMAGES), "norms": (normalised, (32, 4)), "noise": (noisy, (32, 4))}


@pytest.mark.parametrize("name", MODELS)
def test_layers(name):
    make, shape = MODELS[name]
    check(lambda: fit(make(), torch.randn(shape), torch.randn(shape[0], 1)), steps=3)


def test_channels_come_last_in_memory():
    def loop():
        model = convolutions().to(memory_format=torch.channels_last)
        x = torch.randn(IMAGES).to(memory_format=torch.channels_last)
        return fit(model, x, torch.randn(6, 1))

    check(loop, steps=3)


def test_an_lstm():
    def loop():
        lstm = nn.LSTM(3, 8, num_layers=2, dropout=0.1, bidirectional=True, batch_first=True)
        head = nn.Linear(16, 1)
        optimizer = torch.optim.Adam([*lstm.parameters(), *head.parameters()], 0.01)
        x, y = torch.randn(5, 6, 3), torch.randn(5, 1)
        for _ in range(3):
            optimizer.zero_grad()
            F.mse_loss(head(lstm(x)[0][:, -1]), y).backward()
            nn.utils.clip_grad_norm_(lstm.parameters(), 0.1)
            optimizer.step()
        return [*lstm.parameters(), *head.parameters()]

    check(loop, steps=3)


def test_a_gru_reads_sequences_of_different_lengths():
    def loop():
        gru = nn.GRU(3, 8, batch_first=True)
        x, y = torch.randn(5, 6, 3), torch.randn(5, 8)
        for _ in range(3):
            _, h = gru(pack_padded_sequence(x, torch.tensor([6, 5, 3, 2, 1]), batch_first=True))
            F.mse_loss(h[0], y).backward()
            for p in gru.parameters():
                descend(p)
        return list(gru.parameters())

    check(loop, steps=3)


def test_attention():
    def loop():
        attention = nn.MultiheadAttention(8, 2, dropout=0.1, batch_first=True)
        x, mask = torch.randn(3, 7, 8), torch.triu(torch.ones(7, 7, dtype=torch.bool), 1)
        for _ in range(3):
            z, _ = attention(x, x, x, attn_mask=mask)
            F.scaled_dot_product_attention(z, z, z, is_causal=True).square().mean().backward()
            for p in attention.parameters():
                descend(p)
        return list(attention.parameters())

    check(loop, steps=3)


def test_a_transformer_is_evaluated_in_each_turn():
    def loop():
        model = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2)
        optimizer = torch.optim.Adam(model.parameters(), 0.01)
        x = torch.randn(3, 7, 8)
        for _ in range(3):
            model.train()
            optimizer.zero_grad()
            model(x).square().mean().backward()
            optimizer.step()
            model.eval()
            with torch.no_grad():
                print(model(x).sum().item())
        return list(model.parameters())

    check(loop, steps=3)


def test_an_embedding_with_a_bound_on_its_rows():
    def loop():
        table, head = nn.Embedding(10, 4, padding_idx=0, max_norm=1.0), nn.Linear(4, 1)
        optimizer = torch.optim.SGD([*table.parameters(), *head.parameters()], 0.5)
        words, y = torch.randint(0, 10, (6, 3)), torch.randn(6)
        for _ in range(3):
            optimizer.zero_grad()
            F.mse_loss(head(table(words).mean(1)).squeeze(1), y).backward()
            optimizer.step()
        return [*table.parameters(), *head.parameters()]

    check(loop, steps=3)


def test_sparse_gradients_are_noted():
    def loop():
        table = nn.Embedding(10, 4, sparse=True)
        optimizer = torch.optim.SparseAdam(table.parameters(), 0.1)
        words = torch.randint(0, 10, (6, 3))
        for _ in range(3):
            optimizer.zero_grad()
            table(words).square().mean().backward()
            optimizer.step()
        return list(table.parameters())

    check(loop, steps=3, holds=False)


def test_two_layers_share_their_weights():
    def loop():
        table, head = nn.Embedding(6, 4), nn.Linear(4, 6, bias=False)
        head.weight = table.weight
        words = torch.arange(6)
        for _ in range(4):
            F.cross_entropy(head(table(words)), words).backward()
            descend(head.weight)
        return head.weight

    check(loop, steps=4)


def test_a_large_language_model_in_small():
    def loop():
        table, head = nn.Embedding(300, 40), nn.Linear(40, 300)
        parameters = [*table.parameters(), *head.parameters()]
        optimizer = torch.optim.AdamW(parameters, 0.01)
        for _ in range(3):
            words = torch.randint(0, 300, (16, 9))
            F.cross_entropy(head(table(words[:, :-1])).flatten(0, 1), words[:, 1:].flatten()).backward()
            nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            optimizer.zero_grad()
        return parameters

    check(loop, steps=3)


def test_losses():
    def loop():
        z = torch.randn(6, 5, requires_grad=True)
        classes, p, signs = torch.randint(0, 5, (6,)), torch.rand(6, 5), torch.ones(6)
        for _ in range(2):
            logs = F.log_softmax(z, 1)
            loss = F.cross_entropy(z, classes, label_smoothing=0.1, weight=torch.ones(5))
            loss = loss + F.nll_loss(logs, classes) + F.kl_div(logs, p, reduction="batchmean")
            loss = loss + F.huber_loss(z, p) + F.smooth_l1_loss(z, p) + F.l1_loss(z, p)
            loss = loss + F.multi_margin_loss(z, classes) + F.cosine_embedding_loss(z, p, signs)
            loss = loss + F.triplet_margin_loss(z, p, p + 1) + F.poisson_nll_loss(z, p)
            letters = torch.tensor([[1, 2], [3, 4]])
            loss = loss + F.ctc_loss(logs[:, None].expand(6, 2, 5), letters, (6, 6), (2, 2))
            loss.backward()
            descend(z)
        return z

    check(loop, steps=2)


# ---------------------------------------------------------------- optimizers

OPTIMIZERS = (
    "SGD Adam AdamW Adagrad Adadelta Adamax NAdam RAdam RMSprop Rprop ASGD Adafactor".split()  # noqa: SIM905
)


@pytest.mark.parametrize("how", [{"foreach": True}, {"foreach": False}], ids=["foreach", "single"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers(name, how):
    def loop():
        model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
        return fit(model, *batch(), getattr(torch.optim, name)(model.parameters(), lr=0.01, **how))

    check(loop, steps=3)


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "Adagrad"])
def test_optimizers_of_one_kernel(name):
    def loop():
        model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
        return fit(model, *batch(), getattr(torch.optim, name)(model.parameters(), lr=0.01, fused=True))

    check(loop, steps=3)


def test_an_optimizer_of_one_parameter():
    def loop():
        w = torch.randn(3, requires_grad=True)
        optimizer = torch.optim.Adam([w], lr=0.01, foreach=True)
        for _ in range(3):
            optimizer.zero_grad()
            (w**2).sum().backward()
            optimizer.step()
        return w

    check(loop, steps=3)


def test_options_of_optimizers():
    def loop():
        model = nn.Linear(4, 1)
        options = {"amsgrad": True, "weight_decay": 0.1, "maximize": True}
        return fit(model, *batch(), torch.optim.Adam(model.parameters(), lr=torch.tensor(0.01), **options))

    check(loop, steps=3)


def test_schedules_and_clipping():
    def loop():
        x, y = batch()
        model = nn.Linear(4, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        schedules = [
            torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.5, total_steps=8),
            torch.optim.lr_scheduler.StepLR(optimizer, 2),
        ]
        plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=0)
        losses = []
        for _ in range(6):
            optimizer.zero_grad()
            loss = F.mse_loss(model(x), y)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            nn.utils.clip_grad_value_(model.parameters(), 0.1)
            optimizer.step()
            for schedule in schedules:
                schedule.step()
            plateau.step(loss.item())
            losses.append(loss.item())
        return {"losses": losses, "parameters": list(model.parameters()), "lr": optimizer.param_groups[0]["lr"]}

    check(loop, steps=6)


def test_averages_of_weights():
    from torch.optim.swa_utils import SWALR, AveragedModel, update_bn

    def loop():
        x, y = batch()
        model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Linear(8, 1))
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        average, slow = AveragedModel(model), copy.deepcopy(model)
        schedule = SWALR(optimizer, 0.05)
        for _ in range(4):
            optimizer.zero_grad()
            F.mse_loss(model(x), y).backward()
            optimizer.step()
            with torch.no_grad():
                for p, q in zip(slow.parameters(), model.parameters(), strict=True):
                    p.lerp_(q, 0.1)
            average.update_parameters(model)
            schedule.step()
        update_bn([x[:16], x[16:]], average)
        return [*model.parameters(), *average.parameters(), *slow.parameters()]

    check(loop, steps=4)


def test_half_precision_where_it_helps():
    def loop():
        model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
        optimizer = torch.optim.Adam(model.parameters(), 0.01)
        scaler = torch.amp.GradScaler("cpu")
        x, y = batch()
        for turn in range(4):
            optimizer.zero_grad()
            with torch.autocast("cpu", dtype=torch.float16 if turn % 2 else torch.bfloat16):
                loss = F.mse_loss(model(x), y)
            scaler.scale(loss).backward()
            scaler.unscale_(optimizer)
            scaler.step(optimizer)
            scaler.update()
        return list(model.parameters())

    check(loop, steps=4)


def test_the_network_grows():
    def loop():
        model = nn.Sequential(nn.Linear(4, 4))
        x, _ = batch()
        for _ in range(4):
            model.append(nn.Linear(4, 4))
            optimizer = torch.optim.SGD(model.parameters(), 0.1)
            model(x).mean().backward()
            optimizer.step()
            optimizer.zero_grad()
        return list(model.parameters())

    check(loop, steps=4)


# ---------------------------------------------------------------- data


class Noisy(Dataset):
    def __init__(self):
        self.x = torch.randn(24, 4)

    def __len__(self):
        return 24

    def __getitem__(self, i):
        return self.x[i] + 0.01 * torch.randn(4), self.x[i].sum()


def doubled(samples):
    return torch.stack([x for x, _ in samples]) * 2, torch.stack([y for _, y in samples])


def train_on(loader, epochs=2):
    w = torch.zeros(4, requires_grad=True)
    losses = []
    for _ in range(epochs):
        for x, y in loader:
            loss = F.mse_loss(x @ w, y)
            loss.backward()
            descend(w)
            losses.append(loss.item())
    return {"losses": losses, "w": w}


def test_a_data_loader():
    check(lambda: train_on(DataLoader(Noisy(), batch_size=8, shuffle=True)), steps=6)


def test_a_data_loader_that_collates_and_draws_in_its_own_way():
    def loop():
        generator = torch.Generator().manual_seed(3)
        return train_on(DataLoader(Noisy(), 8, shuffle=True, collate_fn=doubled, generator=generator))

    check(loop, steps=6)


def test_a_data_loader_with_workers():
    check(lambda: train_on(DataLoader(Noisy(), batch_size=8, shuffle=True, num_workers=2)), steps=6)


# ---------------------------------------------------------------- copies and files


def test_the_best_model_is_kept_and_restored():
    def loop():
        x, y = batch()
        model = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
        optimizer = torch.optim.Adam(model.parameters(), 0.01)
        losses = []
        for turn in range(6):
            optimizer.zero_grad()
            loss = F.mse_loss(model(x), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            if turn == 2:
                best = copy.deepcopy(model.state_dict()), copy.deepcopy(optimizer.state_dict())
                twin = copy.deepcopy(model)
            if turn == 4:
                model.load_state_dict(best[0])
                optimizer.load_state_dict(best[1])
        return {"losses": losses, "parameters": [*model.parameters(), *twin.parameters()]}

    check(loop, steps=6)


def test_checkpoints_are_written_and_read():
    def loop():
        x, y = batch()
        model = nn.Linear(4, 1)
        optimizer = torch.optim.Adam(model.parameters(), 0.01)
        losses = []
        for turn in range(6):
            optimizer.zero_grad()
            loss = F.mse_loss(model(x), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            file = io.BytesIO()
            torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "loss": loss}, file)
            file.seek(0)
            if turn == 3:
                saved = torch.load(file)
                model.load_state_dict(saved["model"])
                optimizer.load_state_dict(saved["optimizer"])
            pickle.loads(pickle.dumps(model))
        return {"losses": losses, "parameters": list(model.parameters())}

    check(loop, steps=6)


def test_a_step_that_made_it_worse_is_taken_back():
    def loop():
        w = torch.ones(3, requires_grad=True)
        before = w.detach().clone()
        for turn in range(6):
            ((w - turn) ** 2).sum().backward()
            with torch.no_grad():
                if turn % 2:
                    w.copy_(before)
                else:
                    before = w.clone()
                    w -= 0.1 * w.grad
            w.grad = None
        return w

    check(loop, steps=6)


def test_parameters_become_a_vector_and_parameters_again():
    from torch.nn.utils import parameters_to_vector, vector_to_parameters

    def loop():
        x, y = batch()
        model = nn.Linear(4, 1)
        for _ in range(4):
            F.mse_loss(model(x), y).backward()
            gradient = parameters_to_vector([p.grad for p in model.parameters()])
            vector_to_parameters(parameters_to_vector(model.parameters()) - 0.1 * gradient, model.parameters())
            model.zero_grad()
        return list(model.parameters())

    check(loop, steps=4)


def test_a_layer_finds_out_its_width():
    def loop():
        x, y = batch()
        model = nn.Sequential(nn.LazyLinear(3), nn.ReLU(), nn.LazyLinear(1))
        for _ in range(3):
            F.mse_loss(model(x), y).backward()
            for p in model.parameters():
                descend(p)
        return list(model.parameters())

    check(loop, steps=3)


# ---------------------------------------------------------------- random numbers


def test_generators_and_seeds():
    def loop():
        generator = torch.Generator().manual_seed(7)
        w = torch.ones(4, requires_grad=True)
        losses = []
        for turn in range(5):
            torch.manual_seed(turn // 2)
            noise = torch.randn(4) + torch.randn(4, generator=generator) + torch.rand(4)
            with torch.random.fork_rng():
                torch.manual_seed(99)
                noise = noise + torch.randn(4)
            state = torch.get_rng_state()
            noise = noise + torch.randn(4)
            torch.set_rng_state(state)
            noise = noise + torch.randn(4)
            fresh = torch.Generator()
            fresh.manual_seed(turn)
            noise = noise + torch.bernoulli(torch.full((4,), 0.5), generator=fresh)
            noise = noise + torch.empty(4).normal_(generator=generator) + torch.randperm(4)
            loss = (w * noise).sum()
            loss.backward()
            losses.append(loss.item())
            descend(w)
        return {"losses": losses, "w": w, "state": generator.get_state()}

    check(loop, steps=5)


def test_distributions():
    import torch.distributions as D

    def loop():
        mean, log_scale = torch.zeros(3, requires_grad=True), torch.zeros(3, requires_grad=True)
        optimizer = torch.optim.Adam([mean, log_scale], 0.1)
        for _ in range(3):
            q = D.Normal(mean, log_scale.exp())
            loss = q.entropy().sum() - D.Normal(1.0, 2.0).log_prob(q.rsample((8,))).mean()
            loss = loss + D.kl_divergence(q, D.Normal(torch.zeros(3), torch.ones(3))).sum()
            loss = loss + D.Gamma(log_scale.exp(), mean.exp()).rsample().sum()
            loss = loss + D.Dirichlet(log_scale.exp()).rsample()[0] + F.gumbel_softmax(mean)[0]
            loss = loss + D.Categorical(logits=mean).log_prob(D.Categorical(logits=mean).sample())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return mean, log_scale

    check(loop, steps=3)
