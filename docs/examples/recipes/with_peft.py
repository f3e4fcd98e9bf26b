"""Low-rank adapters of one language model on three data sets: which data set harms which."""

from functools import cache

import torch
from peft import LoraConfig, get_peft_model
from torch import Tensor, nn
from transformers import LlamaConfig, LlamaForCausalLM

from gradsplit import GradSplit, generator, seed_for
from relations import GradientMask, PairwiseProbe, RelationGraph, Task, group_tasks

DATA_SETS = ("reports", "letters", "code")
WORDS, LENGTH, RANK = 24, 16, 6  # the rank of an adapter is divided too: at least one a data set
STEPS, BATCH = 50, 8  # steps, texts of each data set in a step


def texts(name: str, count: int, *purpose: str, seed: int = 0) -> Tensor:
    """Token ids [count, LENGTH] of a data set; in their place come your tokenised texts.

    A text begins with a word that tells its data set; then each word follows from the one before:
    in `reports` and `letters` by the same rule, elsewhere by others. One in ten is any word.
    """
    stream = generator(seed, *purpose, name)
    rule = "prose" if name in ("reports", "letters") else name
    follows = torch.randperm(WORDS, generator=generator(0, "rule", rule))
    words = [torch.randint(WORDS, (count,), generator=stream)]
    for _ in range(LENGTH - 2):
        any_word = torch.randint(WORDS, (count,), generator=stream)
        kept = torch.rand(count, generator=stream) < 0.9
        words.append(torch.where(kept, follows[words[-1]], any_word))
    first = WORDS + ("general", *DATA_SETS).index(name)
    return torch.stack([torch.full((count,), first), *words], dim=1)


@cache
def pretrained() -> LlamaForCausalLM:
    """The model to adapt, the same in every run; in its place comes `from_pretrained`."""
    torch.manual_seed(seed_for(0, "pretrained"))
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
    sizes |= {
        "num_attention_heads": 2,
        "vocab_size": WORDS + len(DATA_SETS) + 1,
        "max_position_embeddings": LENGTH,
    }
    model = LlamaForCausalLM(LlamaConfig(**sizes))
    optimizer = torch.optim.AdamW(model.parameters(), 1e-2)
    for step in range(100):
        batch = texts("general", 16, "pretraining", seed=step)
        optimizer.zero_grad()
        model(input_ids=batch, labels=batch).loss.backward()
        optimizer.step()
    return model


def adapted(seed: int) -> nn.Module:
    """A copy of the model with adapters, which alone are trained."""
    model = LlamaForCausalLM(pretrained().config)
    model.load_state_dict(pretrained().state_dict())
    torch.manual_seed(seed_for(seed, "adapters"))
    layers = ["q_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    return get_peft_model(model, LoraConfig(r=RANK, lora_alpha=2 * RANK, target_modules=layers))


def train(names: tuple[str, ...], seed: int, mask: GradientMask | None = None) -> dict[str, float]:
    """Adapt the model to these data sets; perplexity of each on new texts."""
    model = adapted(seed)  # the adapters first, then the split
    split = GradSplit(
        model, mask or GradientMask.full(names), modules=["base_model.model.model.layers.1"]
    )
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, 1e-2)
    own = {name: texts(name, STEPS * BATCH, "training", seed=seed) for name in names}
    for step in range(STEPS):
        optimizer.zero_grad()
        for name in names:
            batch = own[name][step * BATCH : (step + 1) * BATCH]
            with split.task(name):
                model(input_ids=batch, labels=batch).loss.backward()
        optimizer.step()
    split.remove()
    return {name: perplexity(model.eval(), name) for name in names}


@torch.no_grad()
def perplexity(model: nn.Module, name: str) -> float:
    """On texts that no training has seen; lower is better."""
    batch = texts(name, 200, "test")
    return round(model(input_ids=batch, labels=batch).loss.exp().item(), 3)


if __name__ == "__main__":
    tasks = [Task(name, higher_is_better=False) for name in DATA_SETS]
    changes = PairwiseProbe(tasks, train, seeds=range(3), ledger="peft.db").run()
    mask = GradientMask.from_graph(RelationGraph.from_changes(changes))
    print(changes, mask, sep="\n\n")
    print("without the mask", train(DATA_SETS, 3), "\nwith the mask   ", train(DATA_SETS, 3, mask))
    groups = group_tasks(changes, networks=2).groups
    print("an adapter each for", *(f"{group}: {train(group, 3)}" for group in groups))
