"""The Python programs of github.com/pytorch/examples, with the arguments of its own ``run_python_examples.sh``.

Where a program would download data, a little is made here in the same format. A program is good if it runs to its end.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tools.ecosystem.files import make_all

ROOT = Path(__file__).parents[2]
PROGRAMS = {
    "dcgan": ["main.py --dataset fake --dry-run"],
    "fast_neural_style": [
        "neural_style/make_weights.py",
        "neural_style/neural_style.py eval --content-image images/content-images/amber.jpg --model saved_models/candy.pth "
        "--output-image images/output-images/amber-candy.jpg",
    ],
    "imagenet": ["main.py --epochs 1 sample/"],
    "mnist": ["main.py --epochs 1 --dry-run"],
    "mnist_forward_forward": ["main.py --epochs 1 --no_accel"],
    "mnist_hogwild": ["main.py --epochs 1 --dry-run"],
    "mnist_rnn": ["main.py --epochs 1 --dry-run"],
    "regression": ["main.py --epochs 1"],
    "reinforcement_learning": ["reinforce.py", "actor_critic.py"],
    "siamese_network": ["main.py --epochs 1 --dry-run"],
    "super_resolution": [
        "main.py --upscale_factor 3 --batchSize 4 --testBatchSize 100 --nEpochs 1 --lr 0.001",
        "super_resolve.py --input_image dataset/BSDS300/images/test/0.jpg --model model_epoch_1.pth --output_filename out.png",
    ],
    "time_sequence_prediction": ["generate_sine_wave.py", "train.py --steps 2"],
    "vae": ["main.py --epochs 1"],
    "word_language_model": [
        "main.py --epochs 1 --dry-run",
        "generate.py",
        "main.py --model Transformer --epochs 1 --dry-run",
        "generate.py",
    ],
    "fx": [
        "invert.py",
        "module_tracer.py",
        "primitive_library.py",
        "profiling_tracer.py",
        "replace_op.py",
        "subgraph_rewriter_basic_use.py",
        "wrap_output_dynamically.py",
    ],
    "gcn": ["main.py --epochs 1 --dry-run"],
    "gat": ["main.py --epochs 1 --dry-run"],
}


def run_all(source: Path, only: list[str] | None, limit: float) -> Iterator[tuple[str, str, float]]:
    """Run the programs of a copy of the repository ``source``: folder, error ("" if there is none), seconds."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "examples")
        shutil.copytree(source, copy, ignore=shutil.ignore_patterns(".git"))
        make_all(copy, np.random.default_rng(0))
        for name, commands in PROGRAMS.items():
            if not only or any(part in name for part in only):
                started, error = time.perf_counter(), ""
                for command in commands:
                    error = error or run(copy / name, command, limit)
                yield name, error, time.perf_counter() - started


def run(folder: Path, command: str, limit: float) -> str:
    """What stopped a program, "" if nothing did."""
    settings = {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", "CLTORCH_QUIET": "1", "MPLBACKEND": "agg"}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "cltorch", "run", *command.split()],
            capture_output=True,
            text=True,
            cwd=folder,
            env={**os.environ, **settings},
            timeout=limit,
        )
    except subprocess.TimeoutExpired:
        return f"{command.split()[0]}: no end after {limit:.0f} s"
    if done.returncode == 0:
        return ""
    lines = [re.sub(r"/\S*/", "", line) for line in done.stderr.strip().splitlines() if line.strip()]
    return f"{command.split()[0]}: {lines[-1] if lines else done.returncode}"
