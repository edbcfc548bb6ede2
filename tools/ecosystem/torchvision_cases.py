"""A model of every family of torchvision, its transforms (v2), operators, data sets on files made here, and utilities."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

CLASSIFIERS = {
    "alexnet": 64,
    "convnext_tiny": 64,
    "densenet121": 64,
    "efficientnet_b0": 64,
    "efficientnet_v2_s": 64,
    "googlenet": 64,
    "inception_v3": 96,
    "maxvit_t": 224,
    "mnasnet0_5": 64,
    "mobilenet_v2": 64,
    "mobilenet_v3_small": 64,
    "regnet_y_400mf": 64,
    "resnet18": 64,
    "resnext50_32x4d": 64,
    "shufflenet_v2_x0_5": 64,
    "squeezenet1_1": 64,
    "swin_t": 64,
    "swin_v2_t": 64,
    "vgg11": 32,
    "vit_b_16": 224,
    "wide_resnet50_2": 64,
}
SEGMENTERS = ("deeplabv3_mobilenet_v3_large", "fcn_resnet50", "lraspp_mobilenet_v3_large")
DETECTORS = (
    "fasterrcnn_mobilenet_v3_large_320_fpn",
    "fcos_resnet50_fpn",
    "keypointrcnn_resnet50_fpn",
    "maskrcnn_resnet50_fpn",
    "retinanet_resnet50_fpn",
    "ssdlite320_mobilenet_v3_large",
    "ssd300_vgg16",
)
VIDEOS = ("r3d_18", "mvit_v1_b", "swin3d_t")
FLOWS = ("raft_small",)
OTHERS = (
    "transforms bounding_boxes mixing auto_augment operators deform_conv2d datasets utils feature_extraction".split()
)
NAMES = (*CLASSIFIERS, *SEGMENTERS, *DETECTORS, *VIDEOS, *FLOWS, *OTHERS)


def case(name: str) -> Any:
    """What a model or a chapter computes."""
    import torchvision

    from tools.ecosystem import drawn

    if name in OTHERS:
        return globals()[name]()
    if name in CLASSIFIERS:
        extra = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
        model = drawn.fill(torchvision.models.get_model(name, weights=None, num_classes=7, **extra))
        found = model(drawn.normal(1, 3, CLASSIFIERS[name], CLASSIFIERS[name]))
        small = CLASSIFIERS[name] < 96 and NAMES.index(name) % 3 == 0
        return {**drawn.digest(found), **(drawn.gradients(model, found) if small else {})}
    if name in SEGMENTERS:
        options = {"weights": None, "weights_backbone": None, "num_classes": 4}
        model = drawn.fill(torchvision.models.get_model(name, **options))
        return drawn.digest(model(drawn.normal(1, 3, 64, 64)))
    if name in DETECTORS:
        return detected(name)
    if name in VIDEOS:
        model = drawn.fill(torchvision.models.get_model(name, weights=None, num_classes=4))
        size = 224 if "mvit" in name else 64
        return drawn.digest(model(drawn.normal(1, 3, 16, size, size)))
    model = drawn.fill(torchvision.models.get_model(name, weights=None))
    return drawn.digest(
        model(drawn.normal(1, 3, 128, 128), drawn.normal(1, 3, 128, 128, name="second"), num_flow_updates=2)
    )


def detected(name: str) -> Any:
    """The boxes, labels, scores, masks and keypoints that a detector finds."""
    import torchvision

    from tools.ecosystem import drawn

    options: dict[str, Any] = {"weights": None, "weights_backbone": None, "num_classes": 3}
    if not name.startswith("ssd"):
        options |= {"min_size": 96, "max_size": 128}
    if name.startswith("keypoint"):
        options["num_keypoints"] = 3
    model = drawn.fill(torchvision.models.get_model(name, **options))
    return drawn.digest(model([drawn.normal(3, 96, 96).sigmoid()]))


def picture() -> Any:
    """A picture of bytes."""
    import torch

    from tools.ecosystem import drawn

    return drawn.integers(256, 3, 40, 50, name="picture").to(torch.uint8)


def transforms() -> Any:
    """Transforms without chance on an image, and with its boxes and masks."""
    import torch
    from torchvision import tv_tensors
    from torchvision.transforms import v2

    from tools.ecosystem import drawn

    image = tv_tensors.Image(picture())
    boxes = tv_tensors.BoundingBoxes([[2, 3, 20, 30], [5, 5, 45, 35]], format="XYXY", canvas_size=(40, 50))
    mask = tv_tensors.Mask(drawn.integers(2, 1, 40, 50, name="mask").bool())
    found: list[Any] = []
    for change in (
        v2.Resize((20, 25), antialias=True),
        v2.Resize((64, 80), interpolation=v2.InterpolationMode.NEAREST),
        v2.CenterCrop(24),
        v2.Pad(3, fill=7),
        v2.RandomHorizontalFlip(p=1.0),
        v2.RandomVerticalFlip(p=1.0),
        v2.ToDtype(torch.float32, scale=True),
    ):
        out = change({"image": image, "boxes": boxes, "mask": mask})
        assert isinstance(out["image"], tv_tensors.Image) and isinstance(out["boxes"], tv_tensors.BoundingBoxes)
        found.append(out)
    real = v2.functional.to_dtype(image, torch.float32, scale=True)
    for name, arguments in {
        "normalize": ([0.4, 0.5, 0.6], [0.2, 0.3, 0.2]),
        "rgb_to_grayscale": (),
        "adjust_brightness": (1.3,),
        "adjust_contrast": (0.7,),
        "adjust_saturation": (1.4,),
        "adjust_hue": (0.1,),
        "adjust_gamma": (1.2,),
        "adjust_sharpness": (1.5,),
        "gaussian_blur": ([3, 5], [0.8, 1.1]),
        "solarize": (0.5,),
        "autocontrast": (),
        "invert": (),
        "rotate": (30.0,),
        "affine": (15.0, [2, 3], 1.2, [5.0, 0.0]),
        "perspective": ([[0, 0], [49, 0], [49, 39], [0, 39]], [[2, 3], [45, 1], [48, 38], [1, 36]]),
        "resized_crop": (4, 5, 20, 22, [16, 16]),
        "five_crop": ([16, 16],),
    }.items():
        found.append(getattr(v2.functional, name)(real, *arguments))
    found += [v2.functional.equalize(image), v2.functional.posterize(image, 3)]
    return drawn.digest(found)


def bounding_boxes() -> Any:
    """Boxes in all formats, moved with their image."""
    from torchvision import ops, tv_tensors
    from torchvision.transforms import v2

    from tools.ecosystem import drawn

    boxes = tv_tensors.BoundingBoxes([[2, 3, 20, 30], [5, 5, 45, 35]], format="XYXY", canvas_size=(40, 50))
    found: list[Any] = [v2.functional.convert_bounding_box_format(boxes, new_format=f) for f in ("XYWH", "CXCYWH")]
    found += [
        v2.functional.rotate(boxes, 20.0),
        v2.functional.clamp_bounding_boxes(tv_tensors.wrap(boxes * 2, like=boxes)),
        boxes + 1,
    ]
    plain = boxes.as_subclass(__import__("torch").Tensor).float()
    found += [ops.box_iou(plain, plain + 3), ops.generalized_box_iou(plain, plain + 3), ops.box_area(plain)]
    found += [ops.complete_box_iou_loss(plain, plain + 2), ops.distance_box_iou(plain, plain + 5)]
    return drawn.digest([one if type(one) is not type(boxes) else one.data for one in found])


def mixing() -> Any:
    """MixUp and CutMix run; what they draw by chance is compared by shape only."""
    from torchvision.transforms import v2

    from tools.ecosystem import drawn

    images, labels = drawn.normal(4, 3, 16, 16), drawn.integers(5, 4)
    mixed = [v2.MixUp(num_classes=5)(images, labels), v2.CutMix(num_classes=5)(images, labels)]
    return drawn.digest([[a * 0, b.sum(1)] for a, b in mixed])


def auto_augment() -> Any:
    """The automatic policies run; they draw by chance, so shapes are compared."""
    from torchvision.transforms import v2

    from tools.ecosystem import drawn

    image = picture()
    policies = (v2.AutoAugment(), v2.RandAugment(), v2.TrivialAugmentWide(), v2.AugMix())
    return drawn.digest([policy(image) * 0 for policy in policies for _ in range(4)])


def operators() -> Any:
    """The operators that torchvision has in C++, and those that it builds upon them."""
    from torchvision import ops

    from tools.ecosystem import drawn

    corners = drawn.normal(30, 2).abs() * 20
    import torch

    boxes = torch.cat([corners, corners + drawn.normal(30, 2, name="extent").abs() * 15 + 1], 1)
    scores = drawn.normal(30, name="scores")
    maps = drawn.normal(1, 4, 24, 24, name="maps").requires_grad_()
    pooled = ops.roi_align(maps, [boxes[:5]], (5, 5), spatial_scale=0.5, sampling_ratio=2, aligned=True)
    pooled.square().sum().backward()
    found = [ops.nms(boxes, scores, 0.3), ops.batched_nms(boxes, scores, drawn.integers(3, 30), 0.3), pooled, maps.grad]
    levels = ops.MultiScaleRoIAlign(["a", "b"], 3, 2)
    found.append(levels({"a": maps, "b": maps[:, :, ::2, ::2]}, [boxes[:6]], [(48, 48)]))
    found += [ops.sigmoid_focal_loss(drawn.normal(4, 3), drawn.normal(4, 3, name="goal").sigmoid())]
    found += [
        ops.masks_to_boxes(drawn.normal(3, 8, 8) > 1),
        ops.stochastic_depth(drawn.normal(2, 3), 0.5, "row", False),
    ]
    return drawn.digest(found)


def deform_conv2d() -> Any:
    """Deformable convolution with masks, and its gradients."""
    from torchvision import ops

    from tools.ecosystem import drawn

    layer = drawn.fill(ops.DeformConv2d(4, 6, 3, padding=1, stride=2))
    x = drawn.normal(2, 4, 9, 9).requires_grad_()
    offset = (drawn.normal(2, 18, 5, 5, name="offset") * 0.7).requires_grad_()
    found = layer(x, offset, drawn.normal(2, 9, 5, 5, name="mask").sigmoid())
    digest = drawn.gradients(layer, [found])
    return {**drawn.digest([found, x.grad, offset.grad]), **digest}


def datasets() -> Any:
    """Data sets on files made here: folders of PNGs, and MNIST's and CIFAR's own formats."""
    import gzip
    import pickle
    import unittest.mock

    import numpy as np
    from PIL import Image
    from torch.utils.data import DataLoader
    from torchvision import datasets as sets
    from torchvision.transforms import v2

    from tools.ecosystem import drawn

    change = v2.Compose([v2.ToImage(), v2.ToDtype(__import__("torch").float32, scale=True)])
    rng = drawn.random_for("files")
    found: list[Any] = []
    with tempfile.TemporaryDirectory() as folder:
        for label in ("cat", "dog"):
            Path(folder, "pictures", label).mkdir(parents=True)
            for k in range(3):
                pixels = rng.integers(0, 256, (10, 12, 3)).astype(np.uint8)
                Image.fromarray(pixels).save(Path(folder, "pictures", label, f"{k}.png"))
        found += list(DataLoader(sets.ImageFolder(str(Path(folder, "pictures")), change), batch_size=4))
        raw = Path(folder, "MNIST", "raw")
        raw.mkdir(parents=True)
        for part in ("train", "t10k"):
            for kind, head, array in (
                ("images-idx3", (2051, 5, 28, 28), rng.integers(0, 256, (5, 28, 28))),
                ("labels-idx1", (2049, 5), rng.integers(0, 10, 5)),
            ):
                content = np.array(head, ">i4").tobytes() + array.astype(np.uint8).tobytes()
                (raw / f"{part}-{kind}-ubyte").write_bytes(content)
                (raw / f"{part}-{kind}-ubyte.gz").write_bytes(gzip.compress(content))
        found += list(DataLoader(sets.MNIST(folder, train=True, transform=change), batch_size=5))
        found += [next(iter(DataLoader(sets.FakeData(3, (3, 8, 8), 2, change), batch_size=3)))[0] * 0]
        cifar = Path(folder, "cifar-10-batches-py")
        cifar.mkdir()
        for part in (*(f"data_batch_{k}" for k in range(1, 6)), "test_batch", "batches.meta"):
            rows = rng.integers(0, 256, (4, 3072)).astype(np.uint8)
            what = {"data": rows, "labels": [0, 1, 2, 3], "label_names": list("abcd")}
            (cifar / part).write_bytes(pickle.dumps(what))
        sets.CIFAR10._check_integrity = lambda self: True  # the sums are those of the real files
        with unittest.mock.patch.object(sets.cifar, "check_integrity", lambda path, md5=None: True):
            found += list(DataLoader(sets.CIFAR10(folder, train=True, transform=change), batch_size=20))
    return drawn.digest(found)


def utils() -> Any:
    """Grids of images, boxes, masks and keypoints drawn into them, and reading and writing."""
    import torch
    from torchvision import io
    from torchvision import utils as helpers

    from tools.ecosystem import drawn

    image = picture()
    boxes = torch.tensor([[2.0, 3, 20, 30], [5, 5, 45, 35]])
    found = [helpers.make_grid(drawn.normal(5, 3, 8, 8), nrow=3, normalize=True, padding=1)]
    found += [helpers.draw_bounding_boxes(image, boxes, colors=["red", "blue"], width=2)]
    found += [helpers.draw_segmentation_masks(image, image[:1] > 128, alpha=0.5, colors="green")]
    found += [helpers.draw_keypoints(image, torch.tensor([[[5.0, 6], [20, 30]]]), radius=2)]
    with tempfile.TemporaryDirectory() as folder:
        helpers.save_image(found[0], Path(folder, "grid.png"))
        from PIL import Image
        from torchvision.transforms.functional import pil_to_tensor

        found.append(pil_to_tensor(Image.open(Path(folder, "grid.png"))))
    assert io.ImageReadMode.RGB
    return drawn.digest(found)


def feature_extraction() -> Any:
    """Intermediate results, by a graph that torch.fx traces."""
    import torchvision
    from torchvision.models.feature_extraction import create_feature_extractor, get_graph_node_names

    from tools.ecosystem import drawn

    model = drawn.fill(torchvision.models.resnet18(weights=None, num_classes=4))
    found = create_feature_extractor(model, {"layer2": "a", "layer4.1.conv1": "b"})(drawn.normal(1, 3, 64, 64))
    names = get_graph_node_names(model)[0]
    return {**drawn.digest(found), "names": __import__("numpy").array([len(names)])}
