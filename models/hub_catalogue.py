"""The models from the public hub, as data: which files of which commit, and what they must be.

A model is offered when two public sources that do not copy from each other name its commit and the
SHA-256 of each of its files. One for which that could not be found has no `revision` here: it is
offered only when the operator names the commit (`extension.py`). Its figures are then those of the
commit in `SEEN_AT`; files of another commit that differ are refused like any wrong file. `hub/`
checks every file against size and SHA-256 before a model is loaded, whoever named the commit.

Where the figures come from ("computed": read from the content, which hashes to what is said):

| files | sources |
|-|-|
| GPT-2, the tokenizer | computed; `ssr_utils` fingerprints; `gpt2-pin-test.f` |
| GPT-2 | `gpt2-pin-test.f`; https://huggingface.co/openai-community/gpt2; the commit also in \
huggingface_hub's docstrings |
| GPT-2 medium | artifact manifest of a reproduction of NetLLM; model inventory of TARO |
| GPT-2 large | teacher lock of `sinklab`; model inventory of TARO; \
https://huggingface.co/openai-community/gpt2-large/blob/main/model.safetensors |
| GPT-2 XL | `gpt2_local/runtime.py`; `ssr_utils` fingerprints; \
https://huggingface.co/openai-community/gpt2-xl/blob/refs%2Fpr%2F5/model.safetensors |
| DistilGPT-2 | a catalogue of models in Rust (`hf-distilgpt2`); an asset recovery manifest |
| Stable Diffusion 1.5 | catalogue of SecAI OS; cache scan in the tests of darkshapes' `nnll` |
| SD-Turbo | `model_sd_turbo.json` of isingmodel/latent-art-bench; Lantern's `PictureModel`; \
configurations computed |
| small Stable Diffusion | `base-model.json` of apresmoi/glyphcss; catalogue of SecAI OS; \
configurations computed, but for the U-Net's |
| TAESD | a list of pins; `taesd/` of z-HiCao/diff; many copies of the weights |

All config.json of GPT-2 were computed too. What could not be confirmed:

- the U-Net's config.json of the small Stable Diffusion: named by one source alone;
- the size of GPT-2 XL's weights, which no source gives to the byte. It is computed from the format:
  the header that safetensors writes for these tensors, and four bytes for each of their elements.
  The same sum is exact for DistilGPT-2 and GPT-2 medium and 56 bytes off for GPT-2, so it is no
  proof. GPT-2 large's size is this sum as well, and agrees with the 3.25 GB that the hub shows.
"""

from __future__ import annotations

from dataclasses import replace

from models.base import HubFile, ModelSpec
from models.options import COUNT, GUIDANCE, STEPS, WRITING, inside

TEXT_ADAPTER = "models.adapters.gpt2:Gpt2"
INT8_ADAPTER = "models.adapters.gpt2:Gpt2Int8"
IMAGE_ADAPTER = "models.adapters.stable_diffusion:StableDiffusion"

FEW_PICTURES = replace(COUNT, default=1, high=4)
DRAWING = (FEW_PICTURES, replace(STEPS, default=25), replace(GUIDANCE, default=7.5))
TURBO_DRAWING = (FEW_PICTURES, replace(STEPS, default=1, high=4))

PICTURE_ROOM_BYTES = 1_000_000_000
"""What drawing takes besides the weights, in float32: mostly the full decoder at 512 × 512."""

SEEN_AT = {
    "gpt2_xl": "15ea56dee5df4983c59b2538573817e1667135e2",
    "sd_small": "572238db7ed3a10858900803f3fc8cca53e893e0",
}
"""Of the models that are not confirmed, the commit that the figures here are of."""

_READ = "has read eight million web pages"

_GPT2 = ("openai-community/gpt2", "607a30d783dfa663caf39e06633721c8d4cfcd7e")
_TAESD = ("madebyollin/taesd", "614f76814bbe30edbe2e627ace1c2234c81a2c0e")


def _borrowed(origin: tuple[str, str], *files: HubFile) -> tuple[HubFile, ...]:
    repository, revision = origin
    return tuple(replace(file, repository=repository, revision=revision) for file in files)


# One tokenizer for every size of GPT-2; taken from the smallest, so that it is fetched once.
_PIECES = _borrowed(
    _GPT2,
    HubFile(
        "vocab.json",
        1_042_301,
        "196139668be63f3b5d6574427317ae82f612a97c5d1cdaf36ed2256dbf636783",
    ),
    HubFile(
        "merges.txt",
        456_318,
        "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5",
    ),
)

_TINY_DECODER = _borrowed(
    _TAESD,
    HubFile(
        "config.json",
        597,
        "3ebefd1aa96ac474cc6430fe6ea81febccf7ee82461715691ee9315c884adeef",
    ),
    HubFile(
        "diffusion_pytorch_model.safetensors",
        9_793_292,
        "db169d69145ec4ff064e49d99c95fa05d3eb04ee453de35824a6d0f325513549",
    ),
)

# What the pipelines share: the tokenizer of CLIP, and of Stable Diffusion 1.5 the rest below.
_WORDS = (
    HubFile(
        "tokenizer/merges.txt",
        524_619,
        "9fd691f7c8039210e0fced15865466c65820d09b63988b0174bfe25de299051a",
    ),
    HubFile(
        "tokenizer/vocab.json",
        1_059_962,
        "e089ad92ba36837a0d31433e555c8f45fe601ab5c221d4f607ded32d9f7a4349",
    ),
)
_WORDS_1_5 = (
    *_WORDS,
    HubFile(
        "tokenizer/special_tokens_map.json",
        472,
        "c4864a9376a8401918425bed71fc14fc0e81f9b59ec45c1cf96cccb2df508eac",
    ),
    HubFile(
        "tokenizer/tokenizer_config.json",
        806,
        "00439066fcba73de57644cf41e4e3b9f2dbb09d7f3fc2005898ba52399045882",
    ),
)
_WEIGHTS_1_5 = (
    HubFile(
        "feature_extractor/preprocessor_config.json",
        342,
        "2a1da83b5e1032aaeef397552ddb408dca0d8cd1dc58f61bf6abf38d6f33a0a2",
    ),
    HubFile(
        "safety_checker/model.fp16.safetensors",
        608_018_440,
        "08902f19b1cfebd7c989f152fc0507bef6898c706a91d666509383122324b511",
    ),
    HubFile(
        "text_encoder/model.fp16.safetensors",
        246_144_864,
        "77795e2023adcf39bc29a884661950380bd093cf0750a966d473d1718dc9ef4e",
    ),
    HubFile(
        "vae/diffusion_pytorch_model.fp16.safetensors",
        167_335_342,
        "4fbcf0ebe55a0984f5a5e00d8c4521d52359af7229bb4d81890039d2aa16dd7c",
    ),
)

_TEXT_ENCODER_1_5 = 123_060_480
_AUTOENCODER = 83_653_863
_CHECKER = 303_981_588
_TINY = 2_445_063


def _config(size_bytes: int, sha256: str, part: str = "") -> HubFile:
    return HubFile(f"{part}config.json", size_bytes, sha256)


def _text_bytes(parameters: int, layers: int, width: int) -> int:
    """Memory of a GPT-2 in float32: the weights, and keys and values of two full contexts.

    The table of tokens is held twice: to look them up, and laid out as the last product.
    """
    table, context = 50_257 * width, 2 * layers * 1024 * width
    return 4 * (parameters + table + 2 * context)


def _int8_bytes(parameters: int, layers: int, width: int) -> int:
    """The same in int8: a byte for each weight of a product, the tables in float32 as before."""
    tables, context = (50_257 + 1024) * width, 2 * layers * 1024 * width
    return parameters + 4 * (tables + 2 * context)


def picture_bytes(parameters: int) -> int:
    """Memory of a pipeline in float32: its weights, and room to draw."""
    return 4 * parameters + PICTURE_ROOM_BYTES


_SMALLEST_GPT2 = ModelSpec(
    id="gpt2",
    title=f"GPT-2 · 124 M parameters, {_READ}",
    family="transformer",
    kind="text",
    adapter=TEXT_ADAPTER,
    source=_GPT2[0],
    revision=_GPT2[1],
    licence="MIT",
    paper="Radford et al. 2019",
    parameters=124_439_808,
    memory_bytes=_text_bytes(124_439_808, layers=12, width=768),
    can=frozenset({"prompt", "score", "look"}),
    controls=WRITING,
    inputs={"look": inside(layers=12, heads=12)},
    files=(
        _config(665, "0daed7749b4f02b8f76240d5444551d7b08712dab4d0adb8239c56ba823bb7b4"),
        HubFile(
            "model.safetensors",
            548_105_171,
            "248dfc3911869ec493c76e65bf2fcf7f615828b0254c12b473182f0f81d3a707",
        ),
        *_PIECES,
    ),
)

_STABLE_DIFFUSION = ModelSpec(
    id="stable_diffusion",
    title="Stable Diffusion 1.5 · 1.07 B parameters, draws what words say",
    family="diffusion",
    kind="image",
    adapter=IMAGE_ADAPTER,
    source="stable-diffusion-v1-5/stable-diffusion-v1-5",
    revision="451f4fe16113bff5a5d2269ed5ad43b0592e9a14",
    licence="CreativeML OpenRAIL-M",
    paper="Rombach et al. 2022",
    parameters=859_520_964 + _TEXT_ENCODER_1_5 + _AUTOENCODER,
    memory_bytes=picture_bytes(859_520_964 + _TEXT_ENCODER_1_5 + _AUTOENCODER + _CHECKER + _TINY),
    can=frozenset({"prompt"}),
    controls=DRAWING,
    files=(
        *_WORDS_1_5,
        *_WEIGHTS_1_5,
        _config(
            4723,
            "5dd77a06cbd9b155060bd58deb81ffd1aafc1c6d7970acac674c1128bd4edfe2",
            "safety_checker/",
        ),
        HubFile(
            "scheduler/scheduler_config.json",
            308,
            "699cce92eb7c122e2eb7dfdea78e6187fda76a5ed4a8e42319b85610e620e091",
        ),
        _config(
            617,
            "845df614cb9327ae7bbea027316246fae917827407da6df13572e41b5f93b4cc",
            "text_encoder/",
        ),
        _config(
            743,
            "78f474de6bab3d893868f37be97b636ae65c0df3073ed3256ca458ff599b5f96",
            "unet/",
        ),
        HubFile(
            "unet/diffusion_pytorch_model.fp16.safetensors",
            1_719_125_304,
            "c83908253f9a64d08c25fc90874c9c8aef9a329ce1ca5fb909d73b0c83d1ea21",
        ),
        _config(
            547,
            "786a7d21647ddea6a04b9675c03d3cb45e90a2f3c6da5fbda2c54ade040036de",
            "vae/",
        ),
        *_TINY_DECODER,
    ),
    # Counted by torch's FlopCounterMode: text encoder and U-Net, each with and without words, and
    # the tiny decoder.
    teraflops=2 * 0.0133 + 2 * 25 * 0.8033 + 0.1414,
)

SPECS: tuple[ModelSpec, ...] = (
    replace(
        _SMALLEST_GPT2,
        id="distilgpt2",
        title="DistilGPT-2 · 82 M parameters, half the layers, taught by GPT-2",
        source="distilbert/distilgpt2",
        revision="2290a62682d06624634c1f46a6ad5be0f47f38aa",
        licence="Apache-2.0",
        paper="Sanh et al. 2019",
        parameters=81_912_576,
        memory_bytes=_text_bytes(81_912_576, layers=6, width=768),
        inputs={"look": inside(layers=6, heads=12)},
        files=(
            _config(762, "4ec5947c1d59fee6212cdf3b0ec1a53eac02092554c5ff0a733488cbd2c64f3a"),
            HubFile(
                "model.safetensors",
                352_824_413,
                "e1ff18884359fe8beb795a5f414feb85a6ce3d929ad019c0d958c039d2b94a1b",
            ),
            *_PIECES,
        ),
    ),
    _SMALLEST_GPT2,
    replace(
        _SMALLEST_GPT2,
        id="gpt2_medium",
        title=f"GPT-2 medium · 355 M parameters, {_READ}",
        source="openai-community/gpt2-medium",
        revision="6dcaa7a952f72f9298047fd5137cd6e4f05f41da",
        parameters=354_823_168,
        memory_bytes=_text_bytes(354_823_168, layers=24, width=1024),
        inputs={"look": inside(layers=24, heads=16)},
        files=(
            _config(718, "ef1a44d889ad1a0acc7731c78134f1b87d2d222f110e97dd10fd4117331caf22"),
            HubFile(
                "model.safetensors",
                1_519_984_962,
                "fc5a354a19255ad494f3d71549390baca1ccf61d1d822b9408971705c687c9cd",
            ),
            *_PIECES,
        ),
    ),
    replace(
        _SMALLEST_GPT2,
        id="gpt2_large",
        title=f"GPT-2 large · 774 M parameters, {_READ}",
        source="openai-community/gpt2-large",
        revision="32b71b12589c2f8d625668d2335a01cac3249519",
        parameters=774_030_080,
        memory_bytes=_text_bytes(774_030_080, layers=36, width=1280),
        inputs={"look": inside(layers=36, heads=20)},
        files=(
            _config(666, "7fccdcfd6622055342a734c663ee0b61ff4fd697f42467595df0bf4448c8c170"),
            HubFile(
                "model.safetensors",
                3_247_159_078,
                "5f47f3e12f91cd33b662ce7e433b6150ad5512b5884a2cee961b50e9c3bbebce",
            ),
            *_PIECES,
        ),
    ),
    replace(
        _SMALLEST_GPT2,
        id="gpt2_xl",
        title=f"GPT-2 XL · 1.56 B parameters, {_READ}",
        source="openai-community/gpt2-xl",
        revision="",
        parameters=1_557_611_200,
        memory_bytes=_text_bytes(1_557_611_200, layers=48, width=1600),
        inputs={"look": inside(layers=48, heads=25)},
        files=(
            _config(689, "be48115d52314bc27327e160bf10197760db02ea689d10adb24db4102edf7a8a"),
            HubFile(
                "model.safetensors",
                6_431_829_962,
                "0f8b28eb05a8075f48b61b6f35332978c74fc7763fa9fb4051a1c30511736a6a",
            ),
            *_PIECES,
        ),
    ),
    replace(
        _SMALLEST_GPT2,
        id="gpt2_int8",
        title="GPT-2 in int8 · the same weights rounded to a byte each, not identical",
        adapter=INT8_ADAPTER,
        memory_bytes=_int8_bytes(124_439_808, layers=12, width=768),
    ),
    _STABLE_DIFFUSION,
    replace(
        _STABLE_DIFFUSION,
        id="sd_turbo",
        title="SD-Turbo · 1.29 B parameters, distilled to draw in a single step",
        source="stabilityai/sd-turbo",
        revision="b261bac6fd2cf515557d5d0707481eafa0485ec2",
        licence="Stability AI Community License (businesses above 1 M USD a year need another)",
        paper="Sauer et al. 2023",
        parameters=865_910_724 + 340_387_840 + _AUTOENCODER,
        memory_bytes=picture_bytes(865_910_724 + 340_387_840 + _AUTOENCODER + _TINY),
        controls=TURBO_DRAWING,
        files=(
            *_WORDS,
            HubFile(
                "tokenizer/special_tokens_map.json",
                574,
                "c2d0fb8b86ad86b1f46134d4a5f93fd1e688c932a78efc8d149087c33a53ad06",
            ),
            HubFile(
                "tokenizer/tokenizer_config.json",
                855,
                "516314ccab66918d7cb647480ac27abd3520d14e1e5825aac99f50c851c16071",
            ),
            HubFile(
                "scheduler/scheduler_config.json",
                553,
                "5599066c725fc2747a201fa3165ad7c8c3de3be629ce325451752e8f94c0d1ae",
            ),
            _config(
                618,
                "9f6935d3d41bf8ce49b1d7ed912b29e770649d1aa3f3972215284f9397cd97d2",
                "text_encoder/",
            ),
            HubFile(
                "text_encoder/model.fp16.safetensors",
                680_820_392,
                "bc1827c465450322616f06dea41596eac7d493f4e95904dcb51f0fc745c4e13f",
            ),
            _config(
                1867,
                "ca09d494527ebe13343006e22b4468d45bf12aa34e76cf03639b6dbba1fb5c6d",
                "unet/",
            ),
            HubFile(
                "unet/diffusion_pytorch_model.fp16.safetensors",
                1_731_904_736,
                "40ec400881e27d1376c7c95c5bd495f407b33756e80eb6365e301c33a07af6e5",
            ),
            _config(
                655,
                "699a58ef7ecf3bffa201a507a3eaa3eed7efabab457ac547bf82df798b52a9be",
                "vae/",
            ),
            HubFile(
                "vae/diffusion_pytorch_model.fp16.safetensors",
                167_335_342,
                "3e4c08995484ee61270175e9e7a072b66a6e4eeb5f0c266667fe1f45b90daf9a",
            ),
            *_TINY_DECODER,
        ),
        teraflops=0.0451 + 0.8043 + 0.1414,  # in one step, and with words alone
    ),
    replace(
        _STABLE_DIFFUSION,
        id="sd_small",
        title="Small Stable Diffusion · a thinned U-Net, taught by the whole one",
        source="nota-ai/bk-sdm-small",
        revision="",
        paper="Kim et al. 2023",
        parameters=482_346_884 + _TEXT_ENCODER_1_5 + _AUTOENCODER,
        memory_bytes=picture_bytes(
            482_346_884 + _TEXT_ENCODER_1_5 + _AUTOENCODER + _CHECKER + _TINY
        ),
        controls=(FEW_PICTURES, STEPS, replace(GUIDANCE, default=7.5)),
        files=(
            *_WORDS_1_5,
            *_WEIGHTS_1_5,
            _config(
                4556,
                "a069f3ab23e39f3d608b220d9ae6067a94e43405557e575cf7f98d7e8d2a255c",
                "safety_checker/",
            ),
            HubFile(
                "scheduler/scheduler_config.json",
                313,
                "8335df29b53da12e9aeca35b1c2e60d88b23eae4cc5ad3d07efdcd7f003cc343",
            ),
            _config(
                592,
                "aa210e6d6abd239a466af57a1dadb62d5ced63295064d295a549e08a6c4a2020",
                "text_encoder/",
            ),
            _config(
                1512,
                "c20cac953013cd6d1e5bc9d0f279b23a5c56797e3a85d7573a7dffbc6ad3409a",
                "unet/",
            ),
            HubFile(
                "unet/diffusion_pytorch_model.fp16.safetensors",
                964_741_320,
                "7e1cde360cc827073faf6dbcf50a0a0ef949d45ec65f22b4d3ddbec662d5cf87",
            ),
            _config(
                551,
                "0e5966d4d52c8077648754ffd2c14ab5e0b26a4bdfa6af1d207c27550fa6d2af",
                "vae/",
            ),
            *_TINY_DECODER,
        ),
        teraflops=2 * 0.0133 + 2 * 20 * 0.5109 + 0.1414,
    ),
)
