"""Pipes beside PyTorch's: items, lengths, errors, and in loaders."""

from __future__ import annotations

import importlib
import pickle
import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.naming import named

PIPES = [
    "repr(dp)",
    "list(dp.map(lambda x: x * 2).filter(lambda x: x % 4 == 0).batch(2))",
    "dp.nosuch",
    "len(dp.filter(bool))",
    "dp.batch(0)",
    "[len(dp.batch(2)), len(dp.batch(2, drop_last=True)), len(dp.shuffle()), len(dp.map(str))]",
    "list(dp.batch(2).batch(2).unbatch(2))",
    "list(dp.batch(2).batch(2).unbatch(-1))",
    "list(dp.batch(2).unbatch(2))",
    "twice_begun(dp)",
    "read(dp.fork(2, buffer_size=10)) + [len(dp.fork(2)[0])]",
    "read(dp.fork(2, buffer_size=2))",
    "dp.fork(0)",
    "[x for parts in zip(*dp.fork(3)) for x in parts]",
    "[a is b for a, b in zip(*wrap([[1]]).fork(2, copy='deep'))]",
    "read(dp.demux(2, lambda x: x % 2))",
    "read(dp.demux(2, lambda x: 5))",
    "read(dp.demux(2, lambda x: None if x > 4 else x % 2, drop_none=True))",
    "read(dp.demux(2, lambda x: x // 4, buffer_size=1))",
    "[list(dp.mux(wrap('abc'))), len(dp.mux(wrap('abc')))]",
    "[list(dp.zip(wrap('abc'))), len(dp.zip(wrap('abc')))]",
    "[list(dp.concat(wrap('ab'))), len(dp.concat(wrap('ab')))]",
    "list(dp.groupby(lambda x: x % 3, group_size=2))",
    "list(dp.groupby(lambda x: x % 3, keep_key=True))",
    "list(dp.groupby(lambda x: x % 3, buffer_size=4, group_size=3))",
    "list(dp.groupby(lambda x: x % 3, buffer_size=4, group_size=3, guaranteed_group_size=2))",
    "list(wrap([(1, 2), (3, 4)]).map(lambda a: a * 10, input_col=1))",
    "list(wrap([(1, 2), (3, 4)]).map(lambda a, b: a + b, input_col=[0, 1], output_col=-1))",
    "list(wrap([(1, 2, 3)]).map(lambda a, b: a + b, input_col=[0, 2]))",
    "list(wrap([{'a': 1}]).map(lambda a: a * 10, input_col='a', output_col='b'))",
    "list(wrap([(1, True), (2, False)]).filter(lambda x: x, input_col=1))",
    "list(dp.filter(lambda x: 3))",
    "list(dp.shuffle(buffer_size=3).set_seed(3)) + list(dp.shuffle().set_seed(4)) + list(dp.shuffle().set_shuffle(False))",
    "sorted(dp.batch(3).shuffle(unbatch_level=1))",
    "[list(settings.apply_sharding(dp.sharding_filter(), 3, 1)), len(settings.apply_sharding(dp.sharding_filter(), 3, 1))]",
    "list(wrap([[[0, 1], [2]], [[3], [4, 5]]]).unbatch(-1))",
    "list(settings.apply_sharding(settings.apply_sharding(dp.sharding_filter(), 2, 1, 2), 2, 0, 3))",
    "list(settings.apply_sharding(settings.apply_sharding(dp.sharding_filter(3), 2, 1, 2), 3, 1, 3))",
    "settings.apply_sharding(settings.apply_sharding(dp.sharding_filter(), 2, 1), 2, 0, 3)",
    "dp.map(lambda a, b: a, input_col=1)",
    "dp.filter(lambda *, a: a, input_col=1)",
    "dp.filter(3)",
    "steps.Sampler(dp.filter(bool))",
    "read(pickle.loads(pickle.dumps(dp.fork(2)))) + read(pickle.loads(pickle.dumps(dp.demux(2, bool)))) + list(pickle.loads(pickle.dumps(keys.map())))",
    "settings.apply_sharding(dp.sharding_filter().map(str).sharding_filter(), 2, 0)",
    "len(settings.get_all_graph_pipes(settings.traverse_dps(dp.zip(dp.map(str)))))",
    "list(wrap([3]).map(lambda x: 1 / 0))",
    "[x.tolist() for x in dp.batch(2).collate()]",
    "list(keys.map(lambda x: x * 2)) + list(keys.batch(2)) + list(keys.zip(keys)) + list(keys.concat(keys)) + [len(keys.concat(keys))]",
    "sorted(keys.shuffle()) + list(keys.shuffle().set_seed(2))",
    "keys.batch(2)[5]",
    "keys.concat(keys)[9]",
    "register('map')(steps.Mapper)",
    "list(register('pairs_' + str(id(object())))(type('Pairs', (steps.Batcher,), {}))(dp, 2, wrapper_class=tuple))",
    "[x.tolist() for x in loader(dp, batch_size=3, shuffle=False)]",
    "sorted(x for b in loader(dp, batch_size=3, shuffle=True) for x in b.tolist())",
    "sorted(x for b in loader(dp.shuffle().sharding_filter(), batch_size=2, num_workers=2) for x in b.tolist())",
    "again(loader(dp.shuffle().sharding_filter(), batch_size=2, num_workers=2, persistent_workers=True))",
    "sorted(x for b in loader(dp, batch_size=2, num_workers=2) for x in b.tolist())",
    "[text for path, text in steps.FileLister(folder, '*.txt', recursive=True).open_files().read_from_stream()]",
    "[text for path, text in steps.FileLister(folder).open_files(mode='b').read_from_stream(chunk=2)]",
]


def twice_begun(pipe: Any) -> None:
    """Go on with an iterator when another one has begun."""
    first = iter(pipe)
    next(first)
    next(iter(pipe))
    next(first)


def again(loader: Any) -> list[Any]:
    """Two passes."""
    return [sorted(x for b in loader for x in b.tolist()) for _ in range(2)]


def run(library: str, program: str, folder: Path) -> Any:
    data = importlib.import_module("torch.utils.data" if library == "torch" else "cltorch.data")
    pipes, settings = (importlib.import_module(f"{data.__name__}.{name}") for name in ("datapipes", "graph_settings"))
    kept = SimpleNamespace(wrap=pipes.iter.IterableWrapper, steps=pipes.iter, settings=settings, loader=data.DataLoader)
    kept.pickle, kept.local = pickle, lambda x: True
    kept.dp, kept.keys = kept.wrap(range(7)), pipes.map.SequenceWrapper([1, 2, 3])
    kept.register, kept.folder, kept.again, kept.twice_begun = data.functional_datapipe, str(folder), again, twice_begun
    kept.read = lambda made: [list(pipe) for pipe in made]
    try:
        return eval(program, vars(kept))
    except Exception as error:
        return type(error).__name__, str(error)[:150]


@pytest.mark.parametrize("program", named(PIPES))
def test_pipes(program: str, tmp_path: Path) -> None:
    for name, text in (("a.txt", "one"), ("b.bin", "two"), ("deep/c.txt", "three")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted, found = (run(library, program, tmp_path) for library in ("torch", "cltorch"))
    assert found == wanted


@pytest.mark.parametrize(
    "program",
    ["dp.map(lambda x: x)", "dp.filter(local)", "dp.demux(2, bool, buffer_size=-1)", "dp.fork(2, buffer_size=-1)"],
)
def test_warnings(program: str, tmp_path: Path) -> None:
    said = []
    for library in ("torch", "cltorch"):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            run(library, program, tmp_path)
        said.append([(one.category, str(one.message)) for one in caught if "pipe" not in str(one.message).lower()])
    assert said[0] == said[1]
    assert said[0]


def test_programs_add_classes_to_collation() -> None:
    data = importlib.import_module("cltorch.data.collate")
    known = {**data.default_collate_fn_map, complex: lambda batch, *, collate_fn_map: sum(batch)}
    assert data.collate([(1j, "a"), (2j, "b")], collate_fn_map=known) == [3j, ("a", "b")]
    with pytest.raises(TypeError, match="default_collate: batch must contain tensors"):
        data.default_collate([1j])
