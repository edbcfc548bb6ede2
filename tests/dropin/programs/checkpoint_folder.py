"""Checkpoints in a folder, and states of modules and optimizers by the names of parameters."""

import tempfile
import warnings

import torch
import torch.distributed.checkpoint as dcp
from torch.distributed.checkpoint.default_planner import _EmptyStateDictLoadPlanner
from torch.distributed.checkpoint.format_utils import dcp_to_torch_save, torch_save_to_dcp
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_model_state_dict,
    get_optimizer_state_dict,
    get_state_dict,
    set_optimizer_state_dict,
    set_state_dict,
)
from torch.distributed.checkpoint.state_dict_loader import _load_state_dict

warnings.simplefilter("ignore")


def made():
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3), torch.nn.Linear(3, 1))
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.arange(p.numel()).view(p.shape) / 4)
    groups = [{"params": list(model[0].parameters()), "lr": 0.5}, {"params": list(model[2].parameters())}]
    return model, torch.optim.AdamW(groups, lr=0.25)


class Steps:
    def __init__(self):
        self.count = 0

    def state_dict(self):
        return {"count": self.count}

    def load_state_dict(self, state):
        self.count = state["count"]


model, optimizer = made()
model(torch.ones(4, 2)).sum().backward()
optimizer.step()
with tempfile.TemporaryDirectory() as folder:
    steps = Steps()
    steps.count = 3
    metadata = dcp.save(
        {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "steps": steps}, checkpoint_id=folder
    )
    print(sorted(metadata.state_dict_metadata))
    print(metadata.state_dict_metadata["model.0.weight"])
    other, its = made()
    state, steps = {"model": other.state_dict()}, Steps()
    dcp.load({**state, "steps": steps}, storage_reader=dcp.FileSystemReader(folder))
    print(other[0].weight, steps.count)
    whole = {}
    _load_state_dict(
        whole, storage_reader=dcp.FileSystemReader(folder), planner=_EmptyStateDictLoadPlanner(), no_dist=True
    )
    print(whole["optimizer"]["param_groups"], whole["steps"])
    dcp_to_torch_save(folder, f"{folder}/one.pt")
    print(torch.load(f"{folder}/one.pt")["model"]["2.bias"])
    torch_save_to_dcp(f"{folder}/one.pt", f"{folder}/again")
    for wrong in ({"model": {"0.weight": torch.ones(1)}}, {"nothing": 1}):
        try:
            dcp.load(wrong, checkpoint_id=f"{folder}/again")
        except BaseException as error:
            print(type(error), str(error).splitlines()[-1])

    first, second = get_state_dict(model, optimizer)
    print(list(first), list(second["state"]), second["param_groups"][1]["params"])
    other, its = made()
    print(set_state_dict(other, its, model_state_dict=first, optim_state_dict=second))
    print(its.state_dict()["state"][2]["exp_avg"], its.param_groups[0]["lr"])
    flat = get_optimizer_state_dict(
        model, optimizer, options=StateDictOptions(flatten_optimizer_state_dict=True, cpu_offload=True)
    )
    print(sorted(flat)[:6], len(flat))
    other, its = made()
    set_optimizer_state_dict(other, its, flat)
    print(its.state_dict()["state"][0]["step"], its.param_groups[1]["betas"])
    model[0].weight.requires_grad_(False)
    print(list(get_model_state_dict(model, options=StateDictOptions(ignore_frozen_params=True))))
