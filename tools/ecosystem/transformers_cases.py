"""Families of transformers, built from tiny configurations: forward, gradients of every second one, five tokens of decoders."""

from __future__ import annotations

from typing import Any

SMALL = {
    "vocab_size": 99,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "max_position_embeddings": 64,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
GROUPED = {**SMALL, "num_key_value_heads": 2, "head_dim": 8}
EXPERTS = {**GROUPED, "num_experts_per_tok": 2, "moe_intermediate_size": 32}
GPT = {
    "vocab_size": 99,
    "n_embd": 32,
    "n_layer": 2,
    "n_head": 4,
    "n_positions": 64,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
SIDES = {
    "vocab_size": 99,
    "d_model": 32,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 64,
    "decoder_ffn_dim": 64,
    "max_position_embeddings": 64,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "decoder_start_token_id": 2,
}
T5 = {
    "vocab_size": 99,
    "d_model": 32,
    "d_kv": 8,
    "d_ff": 64,
    "num_layers": 2,
    "num_decoder_layers": 2,
    "num_heads": 4,
    "decoder_start_token_id": 0,
}
PICTURE = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "image_size": 32,
    "patch_size": 8,
}
STAGES = {"image_size": 32, "patch_size": 4, "embed_dim": 16, "depths": [1, 1], "num_heads": [2, 4], "window_size": 4}
SPEECH = {
    "vocab_size": 32,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "conv_dim": (16, 16),
    "conv_stride": (5, 4),
    "conv_kernel": (10, 8),
    "num_feat_extract_layers": 2,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 2,
    "apply_spec_augment": False,
}

DECODERS: dict[str, dict[str, Any]] = {
    "gpt2": GPT,
    "gpt_neo": {
        **SMALL,
        "num_layers": 2,
        "num_heads": 4,
        "attention_types": [[["global", "local"], 1]],
        "window_size": 8,
    },
    "gpt_neox": SMALL,
    "gptj": {**GPT, "rotary_dim": 4},
    "codegen": {**GPT, "rotary_dim": 4},
    "opt": {**SMALL, "ffn_dim": 64, "word_embed_proj_dim": 32},
    "bloom": {"vocab_size": 99, "hidden_size": 32, "n_layer": 2, "n_head": 4},
    "llama": GROUPED,
    "mistral": GROUPED,
    "mixtral": {**EXPERTS, "num_local_experts": 4},
    "qwen2": GROUPED,
    "qwen3": GROUPED,
    "qwen3_moe": {**EXPERTS, "num_experts": 4},
    "gemma": GROUPED,
    "gemma2": GROUPED,
    "gemma3_text": GROUPED,
    "phi": SMALL,
    "phi3": GROUPED,
    "falcon": SMALL,
    "mpt": {"vocab_size": 99, "d_model": 32, "n_heads": 4, "n_layers": 2, "max_seq_len": 64},
    "stablelm": GROUPED,
    "starcoder2": GROUPED,
    "olmo2": GROUPED,
    "granite": GROUPED,
    "smollm3": GROUPED,
    "cohere": GROUPED,
    "gpt_oss": {**EXPERTS, "num_local_experts": 4},
    "rwkv": {"vocab_size": 99, "hidden_size": 32, "num_hidden_layers": 2, "attention_hidden_size": 32},
    "mamba": {"vocab_size": 99, "hidden_size": 32, "num_hidden_layers": 2, "state_size": 8},
}
ENCODERS: dict[str, dict[str, Any]] = {
    "bert": SMALL,
    "roberta": SMALL,
    "distilbert": {"vocab_size": 99, "dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64},
    "albert": {**SMALL, "embedding_size": 16},
    "electra": {**SMALL, "embedding_size": 16},
    "deberta-v2": {**SMALL, "relative_attention": True, "pos_att_type": ["p2c", "c2p"], "position_buckets": 8},
    "mpnet": SMALL,
    "xlnet": {"vocab_size": 99, "d_model": 32, "n_layer": 2, "n_head": 4, "d_inner": 64},
    "longformer": {**SMALL, "attention_window": 4},
    "modernbert": {**SMALL, "reference_compile": False},
    "roformer": {**SMALL, "embedding_size": 32},
    "convbert": {**SMALL, "embedding_size": 32},
}
TRANSLATORS: dict[str, dict[str, Any]] = {
    "t5": T5,
    "bart": SIDES,
    "pegasus": SIDES,
    "marian": SIDES,
    "m2m_100": SIDES,
}
PICTURES: dict[str, dict[str, Any]] = {
    "vit": PICTURE,
    "deit": PICTURE,
    "dinov2": PICTURE,
    "beit": PICTURE,
    "swin": STAGES,
    "convnext": {"hidden_sizes": [8, 16], "depths": [1, 1], "num_stages": 2},
    "segformer": {
        "num_encoder_blocks": 2,
        "depths": [1, 1],
        "sr_ratios": [4, 2],
        "hidden_sizes": [8, 16],
        "patch_sizes": [7, 3],
        "strides": [4, 2],
        "num_attention_heads": [1, 2],
        "mlp_ratios": [2, 2],
    },
    "resnet": {"embedding_size": 8, "hidden_sizes": [8, 16], "depths": [1, 1], "layer_type": "basic"},
}
SOUNDS: dict[str, dict[str, Any]] = {"wav2vec2": SPEECH, "hubert": SPEECH}
OTHERS = ("clip", "whisper", "vision-encoder-decoder")
NAMES = (*DECODERS, *ENCODERS, *TRANSLATORS, *PICTURES, *SOUNDS, *OTHERS)


def case(name: str) -> Any:
    """What a family computes."""
    import torch
    from transformers import AutoConfig, AutoModel, AutoModelForCausalLM, AutoModelForSeq2SeqLM

    from tools.ecosystem import drawn

    ids = drawn.integers(99, 2, 10, low=3)
    if name in DECODERS:
        model = drawn.fill(AutoModelForCausalLM.from_config(AutoConfig.for_model(name, **DECODERS[name])))
        return {**computed(name, model, input_ids=ids), **generated(model, ids)}
    if name in TRANSLATORS:
        model = drawn.fill(AutoModelForSeq2SeqLM.from_config(AutoConfig.for_model(name, **TRANSLATORS[name])))
        return {**computed(name, model, input_ids=ids, decoder_input_ids=ids[:, :6]), **generated(model, ids)}
    if name in ENCODERS:
        model = drawn.fill(AutoModel.from_config(AutoConfig.for_model(name, **ENCODERS[name])))
        mask = torch.ones(2, 10, dtype=torch.int64)
        mask[1, 7:] = 0
        return computed(name, model, input_ids=ids, attention_mask=mask)
    if name in PICTURES:
        model = drawn.fill(AutoModel.from_config(AutoConfig.for_model(name, **PICTURES[name])))
        return computed(name, model, pixel_values=drawn.normal(2, 3, 32, 32))
    if name in SOUNDS:
        model = drawn.fill(AutoModel.from_config(AutoConfig.for_model(name, **SOUNDS[name])))
        return computed(name, model, input_values=drawn.normal(2, 400))
    return other(name)


def other(name: str) -> Any:
    """What the families that combine two models compute."""
    import transformers

    from tools.ecosystem import drawn

    ids = drawn.integers(99, 2, 10, low=3)
    if name == "clip":
        config = transformers.CLIPConfig(text_config=SMALL, vision_config=PICTURE, projection_dim=16)
        model = drawn.fill(transformers.CLIPModel(config))
        return computed(name, model, input_ids=ids, pixel_values=drawn.normal(2, 3, 32, 32))
    if name == "whisper":
        small = {key: value for key, value in SIDES.items() if key != "max_position_embeddings"}
        config = transformers.WhisperConfig(**small, num_mel_bins=8, max_source_positions=16, max_target_positions=32)
        model = drawn.fill(transformers.WhisperForConditionalGeneration(config))
        return computed(name, model, input_features=drawn.normal(2, 8, 32), decoder_input_ids=ids[:, :6])
    encoder, decoder = transformers.ViTConfig(**PICTURE), transformers.GPT2Config(**GPT)
    config = transformers.VisionEncoderDecoderConfig.from_encoder_decoder_configs(encoder, decoder)
    model = drawn.fill(transformers.VisionEncoderDecoderModel(config=config))
    return computed(name, model, pixel_values=drawn.normal(2, 3, 32, 32), decoder_input_ids=ids[:, :6])


def computed(name: str, model: Any, **inputs: Any) -> Any:
    """The forward pass, and the gradients of every second family."""
    from tools.ecosystem import drawn

    found = model(**inputs)
    found = [
        value for key, value in found.items() if key != "past_key_values" and "cache" not in key and key != "state"
    ]
    digest = drawn.digest(found)
    return {**digest, **drawn.gradients(model, found)} if NAMES.index(name) % 2 == 0 else digest


def generated(model: Any, ids: Any) -> Any:
    """Five tokens, each the likeliest."""
    tokens = model.generate(ids, max_new_tokens=5, min_new_tokens=5, do_sample=False, num_beams=1)
    return {"tokens": tokens.cpu().numpy()}
