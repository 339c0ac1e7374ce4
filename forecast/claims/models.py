"""Claims about the size, the compute and the data of models."""

from __future__ import annotations

from statistics import median

from forecast.claims.claim import Answer, Figure, Statement, verdict, verdict_of_both
from forecast.claims.facts import ESSAY_DATE, TRILLION, Facts, statements
from forecast.claims.losslaw import ROWS, replicated
from forecast.report.numbers import count, flop, percent, times, tokens

ALEXNET, RESNET = "run-alexnet", "run-resnet-152-imagenet"
TRANSFORMER, GPT2, GPT3 = "run-transformer-big", "run-gpt-2-1-5b", "run-gpt-3-175b-davinci"
PALM, CHINCHILLA = "run-palm-540b", "run-chinchilla"
GPT45, GPT5 = "run-gpt-4-5", "run-gpt-5"


def alexnet_parameters(facts: Facts, said: Statement) -> Answer:
    """Claim 1: parameters of AlexNet over those of the largest dense model of 2023."""
    small = facts.parameters(ALEXNET)
    share = Figure("share of PaLM's parameters", "share", small / facts.parameters(PALM))
    of_gpt3 = Figure("share of GPT-3's parameters", "share", small / facts.parameters(GPT3))
    implied = Figure("parameters that 0.2% implies", "count", small / said.figure)
    return Answer(
        f"{100 * share.value:.3f}% of PaLM, {100 * of_gpt3.value:.3f}% of GPT-3; {said.essay} would "
        "mean a largest model "
        f"of {tokens(implied.value)} parameters",
        (share, of_gpt3, implied),
        "the arithmetic does not hold for any model that was the largest in 2023",
        verdict(said.figure, share.value),
        (ALEXNET, PALM, GPT3),
    )


def resnet_over_alexnet(facts: Facts, said: Statement) -> Answer:
    """Claim 2: cost and compute of ResNet-152 over AlexNet, and what that bought on ImageNet."""
    cost = Figure("amortised cost", "x", facts.amortized(RESNET) / facts.amortized(ALEXNET))
    compute = Figure("training compute", "x", facts.compute(RESNET) / facts.compute(ALEXNET))
    gain = Figure(
        "fewer top-5 errors", "percentage points", facts.number("alg-113") - facts.number("alg-114")
    )
    return Answer(
        f"{times(cost.value)} the amortised dollars and {times(compute.value)} the compute for "
        f"{gain.value:.0f} points fewer "
        "top-5 errors",
        (cost, compute, gain),
        f"errors on ImageNet fell from {facts.number('alg-113'):g}% to {facts.number('alg-114'):g}%, each with several "
        "networks together",
        verdict(said.figure, cost.value),
        (ALEXNET, RESNET, "alg-113", "alg-114"),
    )


def gpt2_over_transformer(facts: Facts, said: Statement) -> Answer:
    """Claim 3: training compute of GPT-2 over that of the large Transformer."""
    ratio = Figure("training compute", "x", facts.compute(GPT2) / facts.compute(TRANSFORMER))
    return Answer(
        f"{times(ratio.value)} the compute of the large Transformer",
        (ratio,),
        f"{flop(facts.compute(GPT2))} against {flop(facts.compute(TRANSFORMER))}",
        verdict(said.figure, ratio.value),
        (TRANSFORMER, GPT2),
    )


def gpt3_over_gpt2(facts: Facts, said: Statement) -> Answer:
    """Claim 4: training compute of GPT-3 over that of GPT-2, and of both steps together."""
    ratio = Figure("training compute", "x", facts.compute(GPT3) / facts.compute(GPT2))
    stated = statements()[3].figure * said.figure
    both = Figure("from the Transformer to GPT-3", "x", facts.compute(GPT3) / facts.compute(TRANSFORMER))
    return Answer(
        f"{times(ratio.value)} the compute of GPT-2; from the Transformer to GPT-3 {times(both.value)} "
        f"(the essay's two steps: {times(stated)})",
        (ratio, both),
        f"{flop(facts.compute(GPT3))} against {flop(facts.compute(GPT2))}; the essay's errors on GPT-2 partly cancel",
        verdict(said.figure, ratio.value),
        (TRANSFORMER, GPT2, GPT3),
    )


def gpt3_size_and_data(facts: Facts, said: Statement) -> Answer:
    """Claim 17: parameters and tokens of GPT-3 over those of GPT-2."""
    size = Figure("parameters", "x", facts.parameters(GPT3) / facts.parameters(GPT2))
    data = Figure("tokens", "x", facts.tokens(GPT3) / facts.tokens(GPT2))
    return Answer(
        f"{times(size.value)} the parameters, {times(data.value)} the tokens",
        (size, data),
        f"{tokens(facts.tokens(GPT3))} tokens against {tokens(facts.tokens(GPT2))}, which GPT-2 "
        "went through more than once",
        verdict_of_both(verdict(said.figure, size.value), verdict(said.further, data.value)),
        (GPT2, GPT3),
    )


def oversized_model(facts: Facts, said: Statement) -> Answer:
    """Claim 18: size and data of MT-NLG over GPT-2, and its loss beside Chinchilla's by the loss law."""
    law = replicated(facts)
    parameters = facts.number("alg-112")
    data = parameters * facts.number("alg-052")
    compute = facts.number("alg-063")
    size_ratio = Figure("parameters", "x", parameters / facts.parameters(GPT2))
    data_ratio = Figure("tokens", "x", data / facts.tokens(GPT2))
    loss = law.reducible(parameters, data) / law.reducible(
        facts.parameters(CHINCHILLA), facts.tokens(CHINCHILLA)
    )
    excess = Figure("reducible loss over Chinchilla's", "x", loss)
    spent = Figure("compute over Chinchilla's", "x", compute / facts.compute(CHINCHILLA))
    return Answer(
        f"{times(size_ratio.value)} the parameters, {times(data_ratio.value)} the tokens of GPT-2; by the loss law "
        f"{percent(loss - 1.0)} more reducible loss than Chinchilla at {times(spent.value)} its compute",
        (size_ratio, data_ratio, excess, spent),
        f"{facts.number('alg-052'):g} tokens a parameter; models since have had 20 and more",
        verdict_of_both(verdict(said.figure, size_ratio.value), verdict(said.further, data_ratio.value)),
        ("alg-112", "alg-052", "alg-063", GPT2, CHINCHILLA, *ROWS),
    )


def compute_optimum(facts: Facts, said: Statement) -> Answer:
    """Claim 19: tokens per parameter that the loss law wants at Chinchilla's compute, and those of models before."""
    parameters, data = replicated(facts).optimum(facts.compute(CHINCHILLA))
    ratio = Figure("optimal tokens per parameter", "ratio", data / parameters)
    before = Figure("tokens per parameter of GPT-3", "ratio", facts.tokens(GPT3) / facts.parameters(GPT3))
    return Answer(
        f"the optimum at Chinchilla's compute is {ratio.value:.0f} tokens a parameter; the rule of thumb is "
        f"{facts.number('alg-048'):g}, GPT-3 had {before.value:.1f}",
        (ratio, before),
        f"practice then went far beyond the optimum, to {count(facts.number('alg-057'))} tokens a "
        "parameter in Qwen3-32B",
        "true",
        (*ROWS, GPT3, CHINCHILLA, "alg-048", "alg-057"),
    )


def data_over_size(facts: Facts, said: Statement) -> Answer:
    """Claim 29: tokens per parameter of frontier models before and after 2022."""
    ratios = {
        run: run.tokens / run.parameters
        for run in facts.observations.training_runs
        if run.tokens and run.parameters and run.top_ten and run.fit == "yes"
    }

    def typical(name: str, found: list[float]) -> Figure:
        name = f"tokens per parameter of frontier models, {name}"
        return Figure(name, "ratio", median(found), low=min(found), high=max(found), interval="range")

    after = typical("since the essay", [ratio for run, ratio in ratios.items() if run.released > ESSAY_DATE])
    before = typical(
        "2020 and 2021", [ratio for run, ratio in ratios.items() if run.released.year in {2020, 2021}]
    )
    largest = Figure("largest training set", "token", facts.number("data-069") * TRILLION)
    return Answer(
        f"frontier models had {count(before.value)} tokens a parameter in 2020 and 2021, "
        f"{count(after.value)} since the "
        f"essay (medians); the largest set grew from {tokens(facts.tokens(GPT3))} to {tokens(largest.value)} tokens",
        (after, before, largest),
        f"up to {count(facts.number('alg-057'))} tokens a parameter (Qwen3-32B)",
        "came true",
        (GPT3, "data-069", "alg-057", *(run.id for run in ratios if run.released.year >= 2020)),
    )


def size_alone(facts: Facts, said: Statement) -> Answer:
    """Claim 44: what ten times the parameters buy at the same data, beside the same compute spent well."""
    law = replicated(facts)
    compute = facts.compute(CHINCHILLA)
    parameters, data = law.optimum(compute)
    start = law.reducible(parameters, data)
    bigger = 1.0 - law.reducible(10.0 * parameters, data) / start
    balanced = 1.0 - law.reducible(*law.optimum(10.0 * compute)) / start
    alone = Figure("reducible loss removed by ten times the parameters alone", "share", bigger)
    both = Figure("reducible loss removed by the same compute in balance", "share", balanced)
    ratio = facts.compute(GPT45) / facts.compute(GPT5)
    return Answer(
        f"from Chinchilla's optimum, ten times the parameters alone remove {percent(bigger)} of the "
        "reducible loss; the same "
        f"compute in balance removes {percent(balanced)}",
        (alone, both),
        f"GPT-4.5 was withdrawn and GPT-5 trained with less ({times(ratio)} less by the estimates); "
        "larger runs came back in "
        "2026",
        "partly",
        (*ROWS, CHINCHILLA, GPT45, GPT5),
    )


HISTORY = {
    1: alexnet_parameters,
    2: resnet_over_alexnet,
    3: gpt2_over_transformer,
    4: gpt3_over_gpt2,
    17: gpt3_size_and_data,
    18: oversized_model,
    19: compute_optimum,
    29: data_over_size,
    44: size_alone,
}
