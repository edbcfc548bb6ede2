"""One small architecture of each of 75 families of timm, forward, and gradients of every third one."""

from __future__ import annotations

from typing import Any

SMALL = (
    "test_byobnet test_convnext test_efficientnet test_mambaout test_coatnet test_nfnet test_resnet test_vit test_vit_relpos "
    "lcnet_035 starnet_s050 mobilevit_xxs repghostnet_050 edgenext_xx_small ghostnet_050 efficientvit_b0 cspnext_tiny regnetx_002 "
    "fasternet_t0 lcnetv2_small swiftformer_xs inception_next_atto fastvit_t8 pvt_v2_b0 rexnet_100 hardcorenas_b hgnetv2_b0 "
    "repvit_m1 cpubone_nano efficientvim_m1 shvit_s1 iformer_s crossvit_tiny_240 densenet121 efficientformerv2_s0 efficientvit_m0 "
    "xcit_nano_12_p8_224 pit_ti_224 coat_tiny vit_tiny_r_s16_p8_224 deit_tiny_patch16_224 convit_tiny gmlp_ti16_224 "
    "vit_tiny_patch16_dinov3_qkvb levit_128 resnest14d eca_halonext26ts visformer_tiny csatv2 resnetv2_18 hrnet_w18_small "
    "legacy_seresnet18 poolformerv2_s12 efficientformer_l1 skresnet18 gcvit_xxtiny cait_xxs24_224 dpn68 lowformer_b0 darknet17 "
    "dla34 nest_tiny legacy_xception convmixer_768_32 vovnet39a inception_v3 vitamin_small_224 rdnet_tiny res2net50_14w_8s "
    "mvitv2_tiny tnt_s_legacy_patch16_224 twins_svt_small xception41p swin_tiny_patch4_window7_224 swinv2_tiny_window8_256 "
    "davit_tiny focalnet_tiny_srf sequencer2d_s selecsls42"
)
NAMES = tuple(SMALL.split())
SIZES = {"inception_v3": 96, "legacy_xception": 96, "mobilevit_xxs": 64, "csatv2": 128, "xception41p": 96}

NATIVE = ("crossvit_tiny_240", "eca_halonext26ts", "efficientformer_l1")
WITHOUT_GRADIENTS = ("xcit_nano_12_p8_224",)
"""PyTorch 2.13 computes batch_norm's gradient wrongly where it arrives with its channels last and the input's are not."""


def case(name: str) -> Any:
    """What a model computes from an image, and its gradients for every third name."""
    import timm

    from tools.ecosystem import drawn

    size = SIZES.get(name, 64)
    try:
        model = timm.create_model(name, num_classes=7, **({} if name in NATIVE else {"img_size": size}))
    except (TypeError, ValueError, AssertionError, RuntimeError):
        model = timm.create_model(name, num_classes=7)
        size = model.default_cfg["input_size"][-1] if model.default_cfg.get("fixed_input_size") else size
    size = model.default_cfg["input_size"][-1] if name in NATIVE else size
    drawn.fill(model)
    found = model(drawn.normal(1, 3, size, size))
    digest = drawn.digest(found)
    return (
        {**digest, **drawn.gradients(model, found)}
        if NAMES.index(name) % 3 == 0 and name not in WITHOUT_GRADIENTS
        else digest
    )
