"""Networks of transformers, by the class of their configuration."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from tests.exactness.third_party.network import SAMPLES, Network

WORDS = 11


def _network(
    kind: str, *last: str, shape: tuple[int, ...] = (6,), words: int = WORDS,
    given: Callable[[], dict[str, Tensor]] | None = None, **options: Any,
) -> Network:  # fmt: skip
    def make() -> nn.Module:
        import transformers

        family = next(
            kind.removesuffix(end)
            for end in ("ForCausalLM", "ForConditionalGeneration", "LMHeadModel", "ForMaskedLM",
                        "ForSemanticSegmentation", "ForDepthEstimation", "Model")
            if kind.endswith(end)
        )  # fmt: skip
        config = getattr(transformers, f"{family}Config")(**options)
        config._attn_implementation = "eager"
        return getattr(transformers, kind)(config)

    return Network(make, last, shape, words, given=given)


def _vision(kind: str, *last: str, size: int = 32, **options: Any) -> Network:
    return _network(kind, *last, shape=(3, size, size), words=0, **options)


def _pairs() -> dict[str, Tensor]:
    return {
        "input_ids": torch.randint(WORDS, (SAMPLES, 5)),
        "decoder_input_ids": torch.randint(WORDS, (SAMPLES, 4)),
    }


def _sound() -> dict[str, Tensor]:
    return {"input_values": torch.randn(SAMPLES, 400, dtype=torch.float64)}


TEXT = {
    "vocab_size": WORDS, "hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 2,
    "intermediate_size": 16,
}  # fmt: skip
DECODER = TEXT | {"use_cache": False, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
GROUPED = DECODER | {"num_key_value_heads": 1, "head_dim": 6}
IMAGE = {
    "hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 16,
    "image_size": 32, "patch_size": 16,
}  # fmt: skip

NETWORKS = {
    "ViT": _vision("ViTModel", "layers.1", "layernorm", **IMAGE),
    "DeiT": _vision("DeiTModel", "layers.1", "layernorm", **IMAGE),
    "BEiT": _vision("BeitModel", "layers.1", **IMAGE),
    "DINOv2": _vision("Dinov2Model", "encoder.layer.1", "layernorm", **IMAGE),
    "DINOv3 ViT": _vision(
        "DINOv3ViTModel", "model.layer.1", "norm", **(IMAGE | {"hidden_size": 16})
    ),
    "Swin": _vision(
        "SwinModel",
        "encoder.layers.1",
        "layernorm",
        image_size=32,
        patch_size=2,
        embed_dim=12,
        depths=[2, 2],
        num_heads=[3, 3],
        window_size=4,
    ),
    "SwinV2": _vision(
        "Swinv2Model",
        "encoder.layers.1",
        "layernorm",
        image_size=32,
        patch_size=2,
        embed_dim=12,
        depths=[2, 2],
        num_heads=[3, 3],
        window_size=4,
    ),
    "ConvNeXt": _vision(
        "ConvNextModel",
        "encoder.stages.1",
        "layernorm",
        hidden_sizes=[6, 8],
        depths=[1, 1],
        num_stages=2,
    ),
    "ConvNeXt V2": _vision(
        "ConvNextV2Model",
        "encoder.stages.1",
        "layernorm",
        hidden_sizes=[6, 8],
        depths=[1, 1],
        num_stages=2,
    ),
    "ResNet": _vision(
        "ResNetModel",
        "encoder.stages.1",
        embedding_size=6,
        hidden_sizes=[8, 12],
        depths=[1, 1],
        layer_type="basic",
    ),
    "RegNet": _vision(
        "RegNetModel",
        "encoder.stages.1",
        embedding_size=6,
        hidden_sizes=[16, 24],
        depths=[1, 1],
        groups_width=4,
    ),
    "MobileNetV2": _vision(
        "MobileNetV2Model",
        "layer.15",
        "conv_1x1",
        depth_multiplier=0.25,
        min_depth=4,
        finegrained_output=False,
    ),
    "PVTv2": _vision(
        "PvtV2Model",
        "encoder.layers.1",
        image_size=32,
        num_encoder_blocks=2,
        depths=[1, 1],
        sr_ratios=[2, 1],
        hidden_sizes=[8, 16],
        patch_sizes=[7, 3],
        strides=[4, 2],
        num_attention_heads=[1, 2],
        mlp_ratios=[2, 2],
    ),
    "SegFormer": _vision(
        "SegformerForSemanticSegmentation",
        "segformer.stages.1",
        "decode_head",
        num_encoder_blocks=2,
        depths=[1, 1],
        sr_ratios=[2, 1],
        hidden_sizes=[8, 16],
        patch_sizes=[7, 3],
        strides=[4, 2],
        num_attention_heads=[1, 2],
        mlp_ratios=[2, 2],
        decoder_hidden_size=8,
        num_labels=3,
    ),
    "PoolFormer": _vision(
        "PoolFormerModel", "encoder.block.3", hidden_sizes=[6, 8, 8, 12], depths=[1, 1, 1, 1]
    ),
    "FocalNet": _vision(
        "FocalNetModel",
        "encoder.stages.1",
        "layernorm",
        image_size=32,
        embed_dim=8,
        hidden_sizes=[8, 16],
        depths=[1, 1],
        focal_levels=[2, 2],
        focal_windows=[3, 3],
    ),
    "CLIP vision": _vision("CLIPVisionModel", "encoder.layers.1", "post_layernorm", **IMAGE),
    "SigLIP vision": _vision("SiglipVisionModel", "encoder.layers.1", "post_layernorm", **IMAGE),
    "GPT-2": _network(
        "GPT2LMHeadModel",
        "transformer.h.1",
        "transformer.ln_f",
        vocab_size=WORDS,
        n_positions=8,
        n_embd=8,
        n_layer=2,
        n_head=2,
        use_cache=False,
        bos_token_id=1,
        eos_token_id=2,
    ),
    "GPT-NeoX": _network(
        "GPTNeoXForCausalLM", "gpt_neox.layers.1", "gpt_neox.final_layer_norm", **DECODER
    ),
    "Llama": _network("LlamaForCausalLM", "model.layers.1", "model.norm", **GROUPED),
    "Mistral": _network("MistralForCausalLM", "model.layers.1", "model.norm", **GROUPED),
    "Qwen2": _network("Qwen2ForCausalLM", "model.layers.1", "model.norm", **GROUPED),
    "Qwen3": _network("Qwen3ForCausalLM", "model.layers.1", "model.norm", **GROUPED),
    "Gemma 2": _network("Gemma2ForCausalLM", "model.layers.1", "model.norm", **GROUPED),
    "Phi": _network(
        "PhiForCausalLM",
        "model.layers.1",
        "model.final_layernorm",
        **(DECODER | {"hidden_size": 16}),
    ),
    "OPT": _network(
        "OPTForCausalLM",
        "model.decoder.layers.1",
        "model.decoder.final_layer_norm",
        vocab_size=WORDS,
        hidden_size=12,
        num_hidden_layers=2,
        num_attention_heads=2,
        ffn_dim=16,
        word_embed_proj_dim=12,
        max_position_embeddings=8,
        use_cache=False,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    ),
    "BLOOM": _network(
        "BloomForCausalLM",
        "transformer.h.1",
        "transformer.ln_f",
        vocab_size=WORDS,
        hidden_size=12,
        n_layer=2,
        n_head=2,
        use_cache=False,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    ),
    "Mamba": _network(
        "MambaForCausalLM",
        "backbone.layers.1",
        "backbone.norm_f",
        vocab_size=WORDS,
        hidden_size=8,
        num_hidden_layers=2,
        state_size=4,
        use_cache=False,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    ),
    "BERT": _network("BertForMaskedLM", "bert.encoder.layer.1", "cls", **TEXT, pad_token_id=0),
    "RoBERTa": _network(
        "RobertaForMaskedLM", "roberta.encoder.layer.1", "lm_head", **TEXT, pad_token_id=0
    ),
    "ELECTRA": _network(
        "ElectraModel", "encoder.layer.1", **TEXT, embedding_size=8, pad_token_id=0
    ),
    "ALBERT": _network("AlbertModel", "encoder", **TEXT, embedding_size=8, pad_token_id=0),
    "DistilBERT": _network(
        "DistilBertModel",
        "transformer.layer.1",
        vocab_size=WORDS,
        dim=12,
        n_layers=2,
        n_heads=2,
        hidden_dim=16,
        pad_token_id=0,
    ),
    "DeBERTa v2": _network(
        "DebertaV2Model",
        "encoder.layer.1",
        **TEXT,
        relative_attention=True,
        pos_att_type=["p2c", "c2p"],
        position_buckets=4,
        max_relative_positions=8,
        pad_token_id=0,
    ),
    "ModernBERT": _network(
        "ModernBertModel",
        "layers.1",
        "final_norm",
        **TEXT,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        cls_token_id=1,
        sep_token_id=2,
        global_attn_every_n_layers=2,
        local_attention=4,
    ),
    "T5": _network(
        "T5ForConditionalGeneration",
        "decoder.block.1",
        "decoder.final_layer_norm",
        given=_pairs,
        vocab_size=WORDS,
        d_model=8,
        d_kv=4,
        d_ff=12,
        num_layers=2,
        num_heads=3,
        use_cache=False,
        pad_token_id=0,
        eos_token_id=1,
        decoder_start_token_id=0,
    ),
    "BART": _network(
        "BartForConditionalGeneration",
        "model.decoder.layers.1",
        given=_pairs,
        vocab_size=WORDS,
        d_model=8,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=12,
        decoder_ffn_dim=12,
        max_position_embeddings=8,
        use_cache=False,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=2,
        forced_eos_token_id=2,
    ),
    "wav2vec 2": _network(
        "Wav2Vec2Model",
        "encoder.layers.1",
        given=_sound,
        hidden_size=12,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=16,
        conv_dim=(8, 8),
        conv_stride=(5, 2),
        conv_kernel=(10, 3),
        num_feat_extract_layers=2,
        num_conv_pos_embeddings=4,
        num_conv_pos_embedding_groups=2,
        vocab_size=WORDS,
        mask_time_prob=0.0,
        feat_extract_norm="layer",
        do_stable_layer_norm=True,
        apply_spec_augment=False,
        layerdrop=0.0,
    ),
}
