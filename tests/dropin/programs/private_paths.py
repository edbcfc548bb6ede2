"""Places of PyTorch that packages import from, though they are not documented."""

import gc
import io

import torch
from torch._C import default_generator
from torch.ao.nn.intrinsic.modules.fused import _FusedModule
from torch.fx.passes.shape_prop import ShapeProp
from torch.nn.intrinsic.modules import LinearReLU
from torch.nn.qat.modules import Linear
from torch.serialization import MAP_LOCATION  # noqa: F401
from torch.utils._foreach_utils import _group_tensors_by_device_and_dtype as grouped
from torch.utils.checkpoint import CheckpointPolicy, checkpoint, create_selective_checkpoint_contexts, get_device_states
from torch.utils.data._utils.pin_memory import pin_memory
from torch.utils.data._utils.worker import _generate_state, _worker_info
from torch.utils.data.dataloader import _DatasetKind
from torch.utils.data.datapipes.utils.decoder import Decoder, basichandlers, handle_extension
from torch.utils.weak import WeakIdKeyDictionary

print(default_generator is torch.default_generator)
print(_generate_state(2**40 + 7, 3), _worker_info)
lists = [[torch.ones(1), torch.ones(2, dtype=torch.float64), torch.zeros(3)], [None, None, None]]
print(
    sorted((str(key[1]), indices, len(values)) for key, (values, indices) in grouped(lists, with_indices=True).items())
)

known = WeakIdKeyDictionary()
first, second = torch.ones(2), torch.ones(2)
known[first] = "first"
print(len(known), first in known, second in known)
del first
gc.collect()
print(len(known))

traced = torch.fx.symbolic_trace(torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU()))
ShapeProp(traced).propagate(torch.ones(4, 2))
print([(node.name, node.meta["tensor_meta"].shape, node.meta["tensor_meta"].dtype) for node in traced.graph.nodes])

x = torch.linspace(0, 1, 4, requires_grad=True)
contexts = lambda: create_selective_checkpoint_contexts(lambda ctx, op, *args: CheckpointPolicy.PREFER_RECOMPUTE)
checkpoint(lambda t: t.sin().exp().sum(), x, use_reentrant=False, context_fn=contexts).backward()
print(x.grad, get_device_states(x)[0])

decoder = Decoder(handle_extension("seg.png mask", len), basichandlers)
print(
    decoder(
        [
            ("a.txt", io.BytesIO(b"text")),
            ("b.json", b'{"k": [1]}'),
            ("c.cls", b"7"),
            ("d.mask", b"1234"),
            ("e.bin", b"!"),
        ]
    )
)

fetcher = _DatasetKind.create_fetcher(_DatasetKind.Map, [10, 20, 30], True, torch.tensor, False)
print(fetcher.fetch([2, 0]))
stream = _DatasetKind.create_fetcher(_DatasetKind.Iterable, range(3), True, torch.tensor, False)
print(stream.fetch([None] * 2), stream.fetch([None] * 2), type(pin_memory).__name__)
try:
    stream.fetch([None] * 2)
except StopIteration:
    print("the end")

print(
    torch.TensorType.__name__,
    torch.ListType(torch.IntType.get()),
    torch.legacy_contiguous_format,
    torch._shape_as_tensor(torch.ones(2, 5)),
)
print(torch.__name__, torch.nn.functional.__name__, torch.utils.data.__name__)

print(issubclass(LinearReLU, _FusedModule), issubclass(Linear, torch.nn.Linear))
