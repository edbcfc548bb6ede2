"""A small program for each package that is built on PyTorch. It must end without an error. What is not installed is left out."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]

CASES = {
    "timm": """
import timm, torch
for name in ("resnet18", "mobilenetv3_small_100", "convnext_atto", "vit_tiny_patch16_224"):
    model = timm.create_model(name, num_classes=5).eval()
    size = 224 if "vit" in name else 64
    out = model(torch.randn(1, 3, size, size))
    out.sum().backward()
    print(name, tuple(out.shape))
""",
    "torchvision": """
import torch, torchvision
from torchvision.transforms import v2
from torchvision.models.feature_extraction import create_feature_extractor
image = v2.Compose([v2.Resize((48, 48)), v2.ToDtype(torch.float32, scale=True)])(torch.zeros(3, 60, 60, dtype=torch.uint8))
model = torchvision.models.resnet18(num_classes=4).eval()
print(model(image[None]).shape)
print(create_feature_extractor(model, ["layer2"])(image[None])["layer2"].shape)
boxes = torch.tensor([[0.0, 0, 10, 10], [1, 1, 11, 11], [20, 20, 30, 30]])
print(torchvision.ops.nms(boxes, torch.tensor([0.9, 0.8, 0.7]), 0.5))
detector = torchvision.models.detection.fasterrcnn_mobilenet_v3_large_320_fpn(
    weights=None, weights_backbone=None, num_classes=3, min_size=96, max_size=128, box_detections_per_img=5
)
targets = [{"boxes": torch.tensor([[8.0, 8, 60, 70], [20, 30, 90, 80]]), "labels": torch.tensor([1, 2])}]
losses = detector([torch.rand(3, 96, 112)], targets)
sum(losses.values()).backward()
print(sorted(losses), sum(p.grad is not None for p in detector.parameters()))
print({name: found.shape for name, found in detector.eval()([torch.rand(3, 96, 112)])[0].items()})
""",
    "transformers": """
import torch, transformers
config = transformers.GPT2Config(n_embd=32, n_layer=2, n_head=4, vocab_size=99, n_positions=64, bos_token_id=1, eos_token_id=2)
model = transformers.GPT2LMHeadModel(config)
ids = torch.tensor([[5, 6, 7]])
model(ids, labels=ids).loss.backward()
print(model.eval().generate(ids, max_new_tokens=5, do_sample=False).shape)
bert = transformers.BertModel(transformers.BertConfig(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, vocab_size=99)).eval()
print(bert(ids)[0].shape)
""",
    "einops": """
import torch
from einops import rearrange, reduce
from einops.layers.torch import Rearrange
x = torch.arange(24.0).view(2, 3, 4)
print(rearrange(x, "a b c -> a (c b)").shape, reduce(x, "a b c -> b", "mean"), Rearrange("a b c -> c b a")(x).shape)
""",
    "torchmetrics": """
import torch, torchmetrics
metric = torchmetrics.Accuracy(task="multiclass", num_classes=3)
metric.update(torch.tensor([0, 1, 2, 1]), torch.tensor([0, 1, 1, 1]))
print(metric.compute())
print(torchmetrics.MeanSquaredError()(torch.ones(3), torch.zeros(3)))
""",
    "lightning": """
import torch, lightning as L
from torch.utils.data import DataLoader, TensorDataset
class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(4, 2)
    def training_step(self, batch, index):
        return torch.nn.functional.cross_entropy(self.layer(batch[0]), batch[1])
    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)
data = TensorDataset(torch.randn(16, 4), torch.randint(0, 2, (16,)))
trainer = L.Trainer(max_epochs=1, logger=False, enable_checkpointing=False, enable_progress_bar=False, accelerator="cpu")
trainer.fit(Model(), DataLoader(data, batch_size=4))
print(trainer.global_step)
""",
    "accelerate": """
import torch
from accelerate import Accelerator
accelerator = Accelerator(cpu=True)
model = torch.nn.Linear(3, 1)
model, optimizer = accelerator.prepare(model, torch.optim.AdamW(model.parameters()))
accelerator.backward(model(torch.ones(2, 3)).sum())
optimizer.step()
print(accelerator.device)
""",
    "diffusers": """
import torch
from diffusers import DDPMScheduler, UNet2DModel
model = UNet2DModel(sample_size=16, in_channels=1, out_channels=1, block_out_channels=(8, 16), norm_num_groups=4, layers_per_block=1, down_block_types=("DownBlock2D", "AttnDownBlock2D"), up_block_types=("AttnUpBlock2D", "UpBlock2D"))
scheduler = DDPMScheduler(num_train_timesteps=10)
x = torch.randn(1, 1, 16, 16)
print(scheduler.step(model(x, 5).sample, 5, x).prev_sample.shape)
""",
    "kornia": """
import kornia, torch
x = torch.rand(1, 3, 16, 16)
print(kornia.color.rgb_to_grayscale(x).shape, kornia.filters.gaussian_blur2d(x, (3, 3), (1.0, 1.0)).shape)
""",
    "skorch": """
import numpy as np, torch
from skorch import NeuralNetClassifier
net = NeuralNetClassifier(torch.nn.Sequential(torch.nn.Linear(4, 2), torch.nn.Softmax(-1)), max_epochs=2, verbose=0)
net.fit(np.random.rand(20, 4).astype("float32"), np.arange(20) % 2)
print(net.predict(np.zeros((2, 4), "float32")).shape)
""",
    "torch_geometric": """
import torch
from torch_geometric.nn import GCNConv
edges = torch.tensor([[0, 1, 2, 0], [1, 2, 0, 2]])
print(GCNConv(4, 2)(torch.ones(3, 4), edges).shape)
""",
    "gpytorch": """
import gpytorch, torch
class GP(gpytorch.models.ExactGP):
    def __init__(self, x, y, likelihood):
        super().__init__(x, y, likelihood)
        self.mean_module, self.covar_module = gpytorch.means.ConstantMean(), gpytorch.kernels.RBFKernel()
    def forward(self, x):
        return gpytorch.distributions.MultivariateNormal(self.mean_module(x), self.covar_module(x))
x = torch.linspace(0, 1, 10)
likelihood = gpytorch.likelihoods.GaussianLikelihood()
model = GP(x, torch.sin(x * 6), likelihood)
loss = -gpytorch.mlls.ExactMarginalLogLikelihood(likelihood, model)(model(x), torch.sin(x * 6))
loss.backward()
print(loss.shape)
""",
    "segmentation_models_pytorch": """
import segmentation_models_pytorch as smp, torch
model = smp.Unet("resnet18", encoder_weights=None, classes=2).eval()
print(model(torch.randn(1, 3, 64, 64)).shape)
""",
    "peft": """
import torch, transformers
from peft import LoraConfig, get_peft_model
config = transformers.GPT2Config(n_embd=32, n_layer=2, n_head=4, vocab_size=99, n_positions=64)
lora = LoraConfig(r=4, target_modules=["c_attn"], task_type="CAUSAL_LM", fan_in_fan_out=True)
model = get_peft_model(transformers.GPT2LMHeadModel(config), lora)
ids = torch.arange(10)[None]
model(input_ids=ids, labels=ids).loss.backward()
print(sum(p.grad is not None for p in model.parameters()), model.merge_and_unload()(ids).logits.shape)
""",
    "pyro": """
import torch, pyro, pyro.distributions as dist
from pyro.infer import SVI, Trace_ELBO
from pyro.infer.autoguide import AutoDiagonalNormal
def model(x):
    mean = pyro.sample("mean", dist.Normal(0.0, 5.0))
    with pyro.plate("data", len(x)):
        pyro.sample("x", dist.Normal(mean, 1.0), obs=x)
svi = SVI(model, AutoDiagonalNormal(model), pyro.optim.Adam({"lr": 0.05}), Trace_ELBO())
print([svi.step(torch.ones(20)) > 0 for _ in range(5)])
""",
    "botorch": """
import torch
from botorch.acquisition import LogExpectedImprovement
from botorch.fit import fit_gpytorch_mll
from botorch.models import SingleTaskGP
from botorch.utils.sampling import draw_sobol_samples
from gpytorch.mlls import ExactMarginalLogLikelihood
x = draw_sobol_samples(torch.tensor([[0.0, 0.0], [1.0, 1.0]], dtype=torch.double), n=8, q=1, seed=0).squeeze(1)
y = -((x - 0.5) ** 2).sum(-1, keepdim=True)
model = SingleTaskGP(x, y)
fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
print(LogExpectedImprovement(model, best_f=y.max())(x[:, None]).shape)
""",
    "opacus": """
import torch
from opacus import PrivacyEngine
from torch.utils.data import DataLoader, TensorDataset
model = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(144, 2))
data = DataLoader(TensorDataset(torch.randn(32, 1, 8, 8), torch.randint(0, 2, (32,))), batch_size=16)
engine, step = PrivacyEngine(), torch.optim.SGD(model.parameters(), lr=0.05)
model, step, data = engine.make_private(module=model, optimizer=step, data_loader=data, noise_multiplier=1.1, max_grad_norm=1.0)
for x, y in data:
    step.zero_grad()
    torch.nn.functional.cross_entropy(model(x), y).backward()
    step.step()
print(engine.get_epsilon(1e-5) > 0)
""",
    "ignite": """
import torch
from ignite.engine import create_supervised_evaluator, create_supervised_trainer
from ignite.metrics import Accuracy
model = torch.nn.Linear(4, 3)
data = [(torch.randn(8, 4), torch.arange(8) % 3) for _ in range(4)]
create_supervised_trainer(model, torch.optim.SGD(model.parameters(), lr=0.1), torch.nn.CrossEntropyLoss()).run(data, max_epochs=2)
print(create_supervised_evaluator(model, metrics={"accuracy": Accuracy()}).run(data).metrics)
""",
    "x_transformers": """
import torch
from x_transformers import AutoregressiveWrapper, Decoder, TransformerWrapper
layers = Decoder(dim=32, depth=2, heads=4, rotary_pos_emb=True, attn_dim_head=8)
model = AutoregressiveWrapper(TransformerWrapper(num_tokens=64, max_seq_len=32, attn_layers=layers))
ids = torch.arange(16)[None]
model(ids).backward()
print(model.generate(ids[:, :4], 6).shape)
""",
    "vector_quantize_pytorch": """
import torch
from vector_quantize_pytorch import FSQ, VectorQuantize
print(VectorQuantize(dim=16, codebook_size=32)(torch.randn(1, 32, 16))[0].shape, FSQ([8, 5, 5])(torch.randn(1, 8, 3))[0].shape)
""",
    "captum": """
import torch
from captum.attr import DeepLift, IntegratedGradients, Saliency
model, x = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3)), torch.randn(2, 4)
print(*(method(model).attribute(x, target=1).shape for method in (IntegratedGradients, Saliency, DeepLift)))
""",
    "torchdiffeq": """
import torch
from torchdiffeq import odeint, odeint_adjoint
class Field(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 2)
    def forward(self, t, y):
        return self.layer(y)
times = torch.linspace(0, 1, 4)
odeint_adjoint(Field(), torch.ones(3, 2), times).sum().backward()
print(odeint(Field(), torch.ones(3, 2), times, method="rk4").shape)
""",
    "e3nn": """
import torch
from e3nn import o3
print(o3.Linear("4x0e+2x1o", "2x0e+1x1o")(torch.randn(3, 10)).shape)
print(o3.FullyConnectedTensorProduct("2x0e+1x1o", "1x0e+1x1o", "2x0e+2x1o")(torch.randn(4, 5), torch.randn(4, 4)).shape)
""",
    "stable_baselines3": """
from stable_baselines3 import DQN, PPO
model = PPO("MlpPolicy", "CartPole-v1", n_steps=64, batch_size=32, n_epochs=2)
model.learn(128)
print(model.predict(model.get_env().reset())[0].shape)
DQN("MlpPolicy", "CartPole-v1", learning_starts=20, buffer_size=200).learn(60)
""",
}


def run_all(only: list[str] | None) -> Iterator[tuple[str, str, float]]:
    """Run the programs: name of the package, error ("" if there is none), seconds."""
    for name in CASES:
        if importlib.util.find_spec(name) and (not only or any(part in name for part in only)):
            yield (name, *run(name))


def run(name: str) -> tuple[str, float]:
    """The error that ended a program, if one did, and the seconds that it took."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"{name}_case.py")
        path.write_text(CASES[name])
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", "CLTORCH_QUIET": "1"}
        started = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "cltorch", "run", str(path)],
            capture_output=True,
            text=True,
            cwd=folder,
            env=environment,
        )
    if done.returncode == 0:
        return "", time.perf_counter() - started
    lines = [re.sub(r"/\S*/", "", line) for line in done.stderr.strip().splitlines() if line.strip()]
    return lines[-1] if lines else f"exit status {done.returncode}", time.perf_counter() - started
