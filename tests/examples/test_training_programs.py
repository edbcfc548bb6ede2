"""Training programs as PyTorch's users type them: what they print, step by step, beside PyTorch."""

from __future__ import annotations

import pytest

from ..naming import named
from ..programs import assert_same

PROGRAMS = [
    """
# linear regression by hand, with tensors only
X = R(100, 1)
y = 3 * X + 2 + 0.1 * R(100, 1, seed=2)
w = torch.zeros(1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
for epoch in range(20):
    pred = X * w + b
    loss = ((pred - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
        b -= 0.1 * b.grad
        w.grad.zero_()
        b.grad.zero_()
    print(loss.item())
print(w, b)
""",
    """
# the PyTorch quickstart shape
class NeuralNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.flatten = nn.Flatten()
        self.linear_relu_stack = nn.Sequential(
            nn.Linear(28 * 28, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 10)
        )

    def forward(self, x):
        x = self.flatten(x)
        logits = self.linear_relu_stack(x)
        return logits


device = "cuda" if torch.cuda.is_available() else "cpu"
model = fill(NeuralNetwork()).to(device)
print(model)
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
from torch.utils.data import DataLoader, TensorDataset

train_dataloader = DataLoader(TensorDataset(R(128, 1, 28, 28), I(10, 128)), batch_size=32)


def train(dataloader, model, loss_fn, optimizer):
    size = len(dataloader.dataset)
    model.train()
    for batch, (X, y) in enumerate(dataloader):
        X, y = X.to(device), y.to(device)
        pred = model(X)
        loss = loss_fn(pred, y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        loss, current = loss.item(), (batch + 1) * len(X)
        print(f"loss: {loss:>7f}  [{current:>5d}/{size:>5d}]")


def test(dataloader, model, loss_fn):
    size = len(dataloader.dataset)
    num_batches = len(dataloader)
    model.eval()
    test_loss, correct = 0, 0
    with torch.no_grad():
        for X, y in dataloader:
            X, y = X.to(device), y.to(device)
            pred = model(X)
            test_loss += loss_fn(pred, y).item()
            correct += (pred.argmax(1) == y).type(torch.float).sum().item()
    test_loss /= num_batches
    correct /= size
    print(f"Test Error: \\n Accuracy: {(100 * correct):>0.1f}%, Avg loss: {test_loss:>8f} \\n")


for t in range(2):
    train(train_dataloader, model, loss_fn, optimizer)
    test(train_dataloader, model, loss_fn)
""",
    """
# LeNet with functional calls
class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.conv1 = nn.Conv2d(1, 6, 5)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 4 * 4, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(F.relu(self.conv2(x)))
        x = torch.flatten(x, 1)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.fc3(x)


net = fill(Net())
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.001, momentum=0.9)
x = R(8, 1, 28, 28)
t = I(10, 8)
for i in range(8):
    optimizer.zero_grad()
    outputs = net(x)
    loss = criterion(outputs, t)
    loss.backward()
    optimizer.step()
    print(i, loss.item())
_, predicted = torch.max(net(x), 1)
print((predicted == t).sum().item())
""",
    """
# MNIST example shape: NLL, log_softmax, Dropout in eval
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, 1)
        self.conv2 = nn.Conv2d(8, 16, 3, 1)
        self.dropout1 = nn.Dropout(0.0)
        self.fc1 = nn.Linear(16 * 5 * 5, 32)
        self.fc2 = nn.Linear(32, 10)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.relu(self.conv2(x))
        x = F.max_pool2d(x, 2)
        x = self.dropout1(x)
        x = torch.flatten(x, 1)
        x = F.relu(self.fc1(x))
        return F.log_softmax(self.fc2(x), dim=1)


model = fill(Net())
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.7)
data, target = R(16, 1, 14, 14), I(10, 16)
for epoch in range(3):
    model.train()
    for k in range(3):
        optimizer.zero_grad()
        output = model(data)
        loss = F.nll_loss(output, target)
        loss.backward()
        optimizer.step()
        print(loss.item())
    model.eval()
    test_loss = 0
    correct = 0
    with torch.no_grad():
        output = model(data)
        test_loss += F.nll_loss(output, target, reduction="sum").item()
        pred = output.argmax(dim=1, keepdim=True)
        correct += pred.eq(target.view_as(pred)).sum().item()
    print(test_loss, correct)
    scheduler.step()
    print(scheduler.get_last_lr())
""",
    """
# residual block
class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv1 = nn.Conv2d(c, c, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(c)
        self.conv2 = nn.Conv2d(c, c, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(c)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += identity
        return self.relu(out)


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 8, 3, padding=1)
        self.layers = nn.Sequential(*[Block(8) for _ in range(2)])
        self.fc = nn.Linear(8, 4)

    def forward(self, x):
        x = self.layers(self.stem(x))
        x = x.mean(dim=(2, 3))
        return self.fc(x)


net = fill(ResNet())
opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4, nesterov=True)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=6)
x, y = R(10, 1, 6, 6), I(4, 10)
for i in range(6):
    opt.zero_grad()
    loss = F.cross_entropy(net(x), y)
    loss.backward()
    opt.step()
    sched.step()
    print(loss.item(), opt.param_groups[0]["lr"])
""",
    """
# XOR with BCE
X = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = torch.tensor([[0.0], [1.0], [1.0], [0.0]])
model = fill(nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1), nn.Sigmoid()))
opt = torch.optim.Adam(model.parameters(), lr=0.05)
loss_fn = nn.BCELoss()
for i in range(30):
    opt.zero_grad()
    out = model(X)
    loss = loss_fn(out, Y)
    loss.backward()
    opt.step()
    if i % 5 == 0:
        print(loss.item())
print(model(X).round().view(-1).tolist())
""",
    """
# logits and pos_weight
model = fill(nn.Linear(5, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.5)
crit = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([2.0]))
x = R(20, 5)
y = (x[:, 0] > 0).float().unsqueeze(1)
for i in range(10):
    opt.zero_grad()
    loss = crit(model(x), y)
    loss.backward()
    opt.step()
    print(loss.item())
""",
    """
# autoencoder
class AE(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(20, 8), nn.ReLU(True), nn.Linear(8, 3))
        self.decoder = nn.Sequential(nn.Linear(3, 8), nn.ReLU(True), nn.Linear(8, 20), nn.Tanh())

    def forward(self, x):
        return self.decoder(self.encoder(x))


m = fill(AE())
o = torch.optim.Adam(m.parameters(), lr=1e-2, weight_decay=1e-5)
x = R(16, 20).clamp(-1, 1)
for e in range(10):
    l = nn.MSELoss()(m(x), x)
    o.zero_grad()
    l.backward()
    o.step()
    print(f"epoch [{e + 1}/10], loss:{l.item():.4f}")
""",
    """
# VAE pieces with fixed noise
enc = fill(nn.Linear(10, 8))
dec = fill(nn.Linear(4, 10))
opt = torch.optim.Adam(list(enc.parameters()) + list(dec.parameters()), lr=1e-2)
x = torch.sigmoid(R(8, 10))
eps = R(8, 4, seed=7)
for i in range(8):
    h = enc(x)
    mu, logvar = h.chunk(2, dim=1)
    std = torch.exp(0.5 * logvar)
    z = mu + eps * std
    recon = torch.sigmoid(dec(z))
    bce = F.binary_cross_entropy(recon, x, reduction="sum")
    kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    loss = bce + kld
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(loss.item())
""",
    """
# GAN loop with detach
G = fill(nn.Sequential(nn.Linear(4, 8), nn.LeakyReLU(0.2), nn.Linear(8, 2)))
D = fill(nn.Sequential(nn.Linear(2, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1), nn.Sigmoid()))
og = torch.optim.Adam(G.parameters(), lr=2e-3, betas=(0.5, 0.999))
od = torch.optim.Adam(D.parameters(), lr=2e-3, betas=(0.5, 0.999))
crit = nn.BCELoss()
for i in range(6):
    real = R(8, 2, seed=i) + 2
    noise = R(8, 4, seed=100 + i)
    fake = G(noise)
    od.zero_grad()
    ld = crit(D(real), torch.ones(8, 1)) + crit(D(fake.detach()), torch.zeros(8, 1))
    ld.backward()
    od.step()
    og.zero_grad()
    lg = crit(D(fake), torch.ones(8, 1))
    lg.backward()
    og.step()
    print(ld.item(), lg.item())
""",
    """
# gradient accumulation
m = fill(nn.Linear(4, 3))
o = torch.optim.SGD(m.parameters(), lr=0.1)
x, y = R(12, 4), I(3, 12)
for epoch in range(3):
    for i, (xb, yb) in enumerate(zip(x.split(3), y.split(3))):
        loss = F.cross_entropy(m(xb), yb) / 2
        loss.backward()
        if (i + 1) % 2 == 0:
            o.step()
            o.zero_grad()
        print(loss.item())
""",
    """
# freezing layers and a new head
m = fill(nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3)))
for p in m[0].parameters():
    p.requires_grad = False
m[2] = nn.Linear(8, 2)
fill(m[2])
o = torch.optim.SGD(filter(lambda p: p.requires_grad, m.parameters()), lr=0.1, momentum=0.9)
before = m[0].weight.clone()
for i in range(5):
    o.zero_grad()
    l = F.cross_entropy(m(R(6, 4)), I(2, 6))
    l.backward()
    o.step()
    print(l.item())
print(
    (m[0].weight == before).all().item(),
    m[0].weight.grad,
    sum(p.numel() for p in m.parameters() if p.requires_grad),
)
""",
    """
# checkpoint, resume
import io


def make():
    m = fill(nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 1)))
    o = torch.optim.Adam(m.parameters(), lr=0.01)
    return m, o, torch.optim.lr_scheduler.ExponentialLR(o, 0.9)


def step(m, o, s, k):
    o.zero_grad()
    l = F.mse_loss(m(R(8, 3, seed=k)), R(8, 1, seed=k + 50))
    l.backward()
    o.step()
    s.step()
    return l.item()


m, o, s = make()
print([step(m, o, s, k) for k in range(4)])
buf = io.BytesIO()
torch.save({"m": m.state_dict(), "o": o.state_dict(), "s": s.state_dict(), "epoch": 4}, buf)
buf.seek(0)
c = torch.load(buf)
m2, o2, s2 = make()
m2.load_state_dict(c["m"])
o2.load_state_dict(c["o"])
s2.load_state_dict(c["s"])
print(c["epoch"], [step(m2, o2, s2, k) for k in range(4, 8)])
print([step(m, o, s, k) for k in range(4, 8)])
""",
    """
# early stopping with deepcopy of the best state
import copy

m = fill(nn.Linear(3, 1))
o = torch.optim.SGD(m.parameters(), lr=0.2)
best, wts = float("inf"), None
for i in range(10):
    l = F.mse_loss(m(R(10, 3)), R(10, 1, seed=3))
    o.zero_grad()
    l.backward()
    o.step()
    if l.item() < best:
        best = l.item()
        wts = copy.deepcopy(m.state_dict())
print(best, wts)
m.load_state_dict(wts)
""",
    """
# LBFGS-like closure use with SGD
m = fill(nn.Linear(2, 1))
o = torch.optim.SGD(m.parameters(), lr=0.1)
for i in range(5):

    def closure():
        o.zero_grad()
        loss = F.mse_loss(m(R(6, 2)), R(6, 1))
        loss.backward()
        return loss

    print(o.step(closure).item())
""",
    """
# custom autograd function in a model
class MyReLU(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        grad_input = grad_output.clone()
        grad_input[input < 0] = 0
        return grad_input


x, y = R(8, 10), R(8, 2, seed=2)
w1 = (R(10, 6, seed=3) * 0.3).requires_grad_()
w2 = (R(6, 2, seed=4) * 0.3).requires_grad_()
for t in range(6):
    y_pred = MyReLU.apply(x.mm(w1)).mm(w2)
    loss = (y_pred - y).pow(2).sum()
    loss.backward()
    print(t, loss.item())
    with torch.no_grad():
        w1 -= 1e-2 * w1.grad
        w2 -= 1e-2 * w2.grad
        w1.grad.zero_()
        w2.grad.zero_()
""",
    """
# polynomial fit (the tutorial)
import math

x = torch.linspace(-math.pi, math.pi, 200)
y = torch.sin(x)
p = torch.tensor([1, 2, 3])
xx = x.unsqueeze(-1).pow(p)
model = nn.Sequential(nn.Linear(3, 1), nn.Flatten(0, 1))
fill(model)
loss_fn = nn.MSELoss(reduction="sum")
o = torch.optim.SGD(model.parameters(), lr=1e-6)
for t in range(10):
    loss = loss_fn(model(xx), y)
    model.zero_grad()
    loss.backward()
    with torch.no_grad():
        for param in model.parameters():
            param -= 1e-6 * param.grad
    print(t, loss.item())
print(f"Result: y = {model[0].bias.item():.3f} + {model[0].weight[:, 0].item():.3f} x")
""",
    """
# numpy two-layer net with tensors
N, D_in, H, D_out = 16, 20, 10, 4
x = R(N, D_in)
y = R(N, D_out, seed=2)
w1 = R(D_in, H, seed=3)
w2 = R(H, D_out, seed=4)
lr = 1e-4
for t in range(10):
    h = x.mm(w1)
    h_relu = h.clamp(min=0)
    y_pred = h_relu.mm(w2)
    loss = (y_pred - y).pow(2).sum().item()
    print(t, loss)
    grad_y_pred = 2.0 * (y_pred - y)
    grad_w2 = h_relu.t().mm(grad_y_pred)
    grad_h_relu = grad_y_pred.mm(w2.t())
    grad_h = grad_h_relu.clone()
    grad_h[h < 0] = 0
    grad_w1 = x.t().mm(grad_h)
    w1 -= lr * grad_w1
    w2 -= lr * grad_w2
""",
    """
# char RNN by hand
class RNN(nn.Module):
    def __init__(self, i, h, o):
        super().__init__()
        self.h = h
        self.i2h = nn.Linear(i + h, h)
        self.i2o = nn.Linear(i + h, o)
        self.softmax = nn.LogSoftmax(dim=1)

    def forward(self, x, hidden):
        c = torch.cat((x, hidden), 1)
        return self.softmax(self.i2o(c)), torch.tanh(self.i2h(c))


rnn = fill(RNN(5, 6, 3))
crit = nn.NLLLoss()
opt = torch.optim.SGD(rnn.parameters(), lr=0.1)
for e in range(5):
    hidden = torch.zeros(2, 6)
    seq = F.one_hot(I(5, 4, 2), 5).float()
    opt.zero_grad()
    for t in range(4):
        out, hidden = rnn(seq[t], hidden)
    loss = crit(out, I(3, 2))
    loss.backward()
    opt.step()
    print(loss.item())
""",
    """
# embedding bag-of-words classifier
class Bow(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(20, 6, padding_idx=0)
        self.fc = nn.Linear(6, 2)

    def forward(self, x):
        return self.fc(self.emb(x).mean(dim=1))


m = fill(Bow())
o = torch.optim.Adam(m.parameters(), lr=0.05)
x = I(20, 8, 5)
y = I(2, 8)
for e in range(6):
    loss = F.cross_entropy(m(x), y)
    o.zero_grad()
    loss.backward()
    o.step()
    print(loss.item())
""",
    """
# attention by hand with LayerNorm and GELU
class Attn(nn.Module):
    def __init__(s, d):
        super().__init__()
        s.qkv = nn.Linear(d, 3 * d)
        s.out = nn.Linear(d, d)
        s.n1 = nn.LayerNorm(d)
        s.n2 = nn.LayerNorm(d)
        s.mlp = nn.Sequential(nn.Linear(d, 2 * d), nn.GELU(), nn.Linear(2 * d, d))
        s.d = d

    def forward(s, x):
        q, k, v = s.qkv(s.n1(x)).chunk(3, dim=-1)
        a = torch.softmax(q @ k.transpose(-2, -1) / s.d**0.5, dim=-1)
        x = x + s.out(a @ v)
        return x + s.mlp(s.n2(x))


m = fill(Attn(8))
h = fill(nn.Linear(8, 3))
o = torch.optim.AdamW([*m.parameters(), *h.parameters()], lr=1e-2)
x, y = R(4, 5, 8), I(3, 4)
for i in range(6):
    o.zero_grad()
    loss = F.cross_entropy(h(m(x).mean(1)), y)
    loss.backward()
    o.step()
    print(loss.item())
""",
    """
# segmentation: per-pixel cross entropy with ignore_index and class weights
m = fill(nn.Sequential(nn.Conv2d(3, 8, 3, padding="same"), nn.ReLU(), nn.Conv2d(8, 4, 1)))
o = torch.optim.SGD(m.parameters(), lr=0.1, momentum=0.9)
x, y = R(2, 3, 6, 6), I(4, 2, 6, 6)
y[0, 0, :3] = 255
crit = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 0.5, 1.0]), ignore_index=255)
for i in range(6):
    o.zero_grad()
    l = crit(m(x), y)
    l.backward()
    o.step()
    print(l.item())
""",
    """
# soft targets, distillation
t = fill(nn.Linear(4, 3))
s = fill(nn.Sequential(nn.Linear(4, 3)))
o = torch.optim.Adam(s.parameters(), lr=0.05)
x = R(10, 4)
T = 2.0
s[0].weight.data.mul_(-1)
for i in range(6):
    with torch.no_grad():
        soft = F.softmax(t(x) / T, dim=1)
    loss = F.cross_entropy(s(x) / T, soft) * T * T
    o.zero_grad()
    loss.backward()
    o.step()
    print(loss.item())
""",
    """
# gradient penalty: double backward through a module
d = fill(nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1)))
o = torch.optim.Adam(d.parameters(), lr=1e-2)
for i in range(5):
    x = R(6, 3, seed=i).requires_grad_()
    out = d(x)
    g = torch.autograd.grad(
        outputs=out,
        inputs=x,
        grad_outputs=torch.ones_like(out),
        create_graph=True,
        retain_graph=True,
        only_inputs=True,
    )[0]
    gp = ((g.norm(2, dim=1) - 1) ** 2).mean()
    loss = out.mean() + 10 * gp
    o.zero_grad()
    loss.backward()
    o.step()
    print(loss.item(), gp.item())
""",
    """
# MAML step by hand
w = R(3, 1).requires_grad_()
x, y = R(5, 3, seed=2), R(5, 1, seed=3)
for i in range(4):
    inner = ((x @ w - y) ** 2).mean()
    (g,) = torch.autograd.grad(inner, w, create_graph=True)
    w2 = w - 0.1 * g
    outer = ((x @ w2 - y) ** 2).mean()
    (gw,) = torch.autograd.grad(outer, w)
    w = (w - 0.1 * gw).detach().requires_grad_()
    print(inner.item(), outer.item())
""",
    """
# exponential moving average of weights
m = fill(nn.Linear(3, 2))
ema = fill(nn.Linear(3, 2))
o = torch.optim.SGD(m.parameters(), lr=0.1)
for i in range(5):
    l = F.cross_entropy(m(R(6, 3)), I(2, 6))
    o.zero_grad()
    l.backward()
    o.step()
    with torch.no_grad():
        for a, b in zip(ema.parameters(), m.parameters()):
            a.mul_(0.9).add_(b, alpha=0.1)
    print(l.item(), ema.weight.sum())
""",
    """
# custom dataset, plateau schedule
from torch.utils.data import Dataset, DataLoader, random_split


class Points(Dataset):
    def __init__(self):
        self.x = np.linspace(-1, 1, 40, dtype=np.float32).reshape(-1, 1)
        self.y = self.x**2

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return torch.from_numpy(self.x[i]), torch.from_numpy(self.y[i])


m = fill(nn.Sequential(nn.Linear(1, 16), nn.ReLU(), nn.Linear(16, 1)))
o = torch.optim.Adam(m.parameters(), lr=0.02)
s = torch.optim.lr_scheduler.ReduceLROnPlateau(o, patience=0, factor=0.5)
for e in range(6):
    tot = 0.0
    for xb, yb in DataLoader(Points(), batch_size=8, shuffle=False):
        o.zero_grad()
        l = F.mse_loss(m(xb), yb)
        l.backward()
        o.step()
        tot += l.item() * xb.size(0)
    s.step(tot)
    print(tot / 40, o.param_groups[0]["lr"])
""",
    """
# init function applied, xavier-like with constants, float64
m = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).double()


def init(mod):
    if isinstance(mod, nn.Linear):
        nn.init.constant_(mod.weight, 0.1)
        nn.init.zeros_(mod.bias)


m.apply(init)
o = torch.optim.SGD(m.parameters(), lr=0.5)
x = R(6, 3).double()
for i in range(5):
    l = (m(x) ** 2).mean() + 1e-2 * sum((p**2).sum() for p in m.parameters())
    o.zero_grad()
    l.backward()
    o.step()
    print(l.item(), l.dtype)
""",
    """
# two inputs, two losses, backward twice with retain_graph
a = fill(nn.Bilinear(2, 2, 2)) if False else fill(nn.Linear(4, 4))
h1, h2 = fill(nn.Linear(4, 1)), fill(nn.Linear(4, 3))
o = torch.optim.SGD(
    [{"params": a.parameters()}, {"params": h1.parameters(), "lr": 0.01}, {"params": h2.parameters()}], lr=0.1
)
for i in range(5):
    f = torch.relu(a(R(6, 4)))
    l1 = F.mse_loss(h1(f), R(6, 1))
    l2 = F.cross_entropy(h2(f), I(3, 6))
    o.zero_grad()
    l1.backward(retain_graph=True)
    l2.backward()
    o.step()
    print(l1.item(), l2.item())
""",
    """
# reinforcement: REINFORCE with fixed actions and returns normalised
pi = fill(nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2), nn.Softmax(dim=-1)))
o = torch.optim.Adam(pi.parameters(), lr=1e-2)
s, a = R(7, 4), I(2, 7)
rew = [1.0, 0.0, 2.0, 1.0, 0.0, 1.0, 3.0]
for ep in range(4):
    ret, g = [], 0.0
    for r in reversed(rew):
        g = r + 0.99 * g
        ret.insert(0, g)
    ret = torch.tensor(ret)
    ret = (ret - ret.mean()) / (ret.std() + 1e-8)
    logp = torch.log(pi(s).gather(1, a.unsqueeze(1)).squeeze(1))
    loss = (-logp * ret).sum()
    o.zero_grad()
    loss.backward()
    o.step()
    print(loss.item())
""",
    """
# DQN-like target network
q = fill(nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 2)))
tq = fill(nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 2)))
tq.load_state_dict(q.state_dict())
o = torch.optim.Adam(q.parameters(), lr=1e-2)
s, s2, a, r, done = R(8, 3), R(8, 3, seed=2), I(2, 8), R(8, seed=3), I(2, 8).float()
for i in range(6):
    qa = q(s).gather(1, a.view(-1, 1)).squeeze(1)
    with torch.no_grad():
        target = r + 0.9 * tq(s2).max(1)[0] * (1 - done)
    loss = F.smooth_l1_loss(qa, target)
    o.zero_grad()
    loss.backward()
    nn.utils.clip_grad_value_(q.parameters(), 0.1)
    o.step()
    print(loss.item())
    if i % 2:
        tq.load_state_dict(q.state_dict())
""",
    """
# matrix factorisation with plain tensors and Adam
U = nn.Parameter(R(6, 3))
V = nn.Parameter(R(5, 3, seed=2))
M = R(6, 5, seed=3)
mask = R(6, 5, seed=4) > 0
o = torch.optim.Adam([U, V], lr=0.05)
for i in range(8):
    loss = ((U @ V.t() - M)[mask] ** 2).mean()
    o.zero_grad()
    loss.backward()
    o.step()
    print(loss.item())
""",
    """
# amsgrad, maximize, named groups
w = nn.Parameter(R(4))
o = torch.optim.Adam([w], lr=0.1, amsgrad=True, maximize=True)
for i in range(6):
    obj = -(w**4).sum() + (w * R(4, seed=3)).sum()
    o.zero_grad()
    obj.backward()
    o.step()
    print(obj.item())
""",
    """
# logistic regression, whole-batch accuracy, .data and detach().numpy()
m = fill(nn.Linear(2, 2))
o = torch.optim.SGD(m.parameters(), lr=0.5)
x = R(50, 2)
y = (x.sum(1) > 0).long()
for i in range(10):
    out = m(x)
    l = F.cross_entropy(out, y)
    o.zero_grad()
    l.backward()
    o.step()
    acc = (out.argmax(dim=1) == y).float().mean()
    print(f"{i} loss {l.item():.4f} acc {acc:.2f}")
print(
    m.weight.data,
    m.weight.detach().numpy().shape,
    np.argmax(out.detach().cpu().numpy(), axis=1)[:5],
    list(m.parameters())[1],
)
""",
    """
# siamese triplet loss
e = fill(nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 4)))
o = torch.optim.SGD(e.parameters(), lr=0.05)
a, p, n = R(5, 6), R(5, 6, seed=2), R(5, 6, seed=3)
for i in range(6):
    ea, ep, en = e(a), e(p), e(n)
    l = torch.clamp((ea - ep).pow(2).sum(1) - (ea - en).pow(2).sum(1) + 1.0, min=0).mean()
    o.zero_grad()
    l.backward()
    o.step()
    print(l.item())
""",
    """
# conv with reflect padding, LeakyReLU, ELU, tied weights
class Tied(nn.Module):
    def __init__(s):
        super().__init__()
        s.a = nn.Linear(6, 4, bias=False)
        s.b = nn.Linear(4, 6, bias=False)
        s.b.weight = nn.Parameter(s.a.weight.t().contiguous()) if False else s.b.weight

    def forward(s, x):
        return F.linear(F.elu(s.a(x)), s.a.weight.t())


m = fill(Tied())
o = torch.optim.Adam(m.parameters(), lr=0.02)
x = R(7, 6)
for i in range(6):
    l = F.l1_loss(m(x), x)
    o.zero_grad()
    l.backward()
    o.step()
    print(l.item())
print(m.b.weight.grad)
""",
    """
# checkpointed block
from torch.utils.checkpoint import checkpoint

b = fill(nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 4)))
h = fill(nn.Linear(4, 2))
o = torch.optim.SGD([*b.parameters(), *h.parameters()], lr=0.1)
x, y = R(5, 4), I(2, 5)
for i in range(4):
    l = F.cross_entropy(h(checkpoint(b, x, use_reentrant=False)), y)
    o.zero_grad()
    l.backward()
    o.step()
    print(l.item())
""",
]


@pytest.mark.parametrize("program", named(PROGRAMS))
def test_program_prints_what_it_prints_with_pytorch(program: str) -> None:
    assert_same(program, rtol=2e-3)
