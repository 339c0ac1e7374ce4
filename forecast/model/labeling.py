"""Human and automated feedback: what a top lab spends on labels, and the part that one run is charged with."""

from __future__ import annotations

import numpy as np

from forecast.graph import adds_to
from forecast.paths import drift, fading_growth
from forecast.units import (
    Decades,
    Elapsed,
    Exponent,
    Flop,
    HoursPerLabel,
    LabelsPerYear,
    LogRatio,
    PerTier,
    PositiveRate,
    Rate,
    Ratio,
    Share,
    Usd,
    UsdPerHour,
    UsdPerLabel,
    UsdPerYear,
    Years,
)

# Labels a million times cheaper than now are as good as free; more rebound than that means nothing.
CHEAPEST = 1e-6


def label_need(
    labels_now: PerTier[LabelsPerYear],
    label_growth_now: PerTier[Rate],
    label_growth_later: PerTier[Rate],
    label_growth_fade: Years,
    elapsed: Elapsed,
) -> PerTier[LabelsPerYear]:
    """Labels of a tier that a top lab would use in a year at the prices of now and for models as capable as now.

    Equation:
        labels_now * exp(fading_growth(label_growth_now, label_growth_later, label_growth_fade))

    Leaves out:
        Differences between labs: it is one top lab.
    """
    return labels_now * np.exp(
        fading_growth(label_growth_now, label_growth_later, label_growth_fade, elapsed)
    )


def capability_ahead(funded_compute: Flop, algorithmic_efficiency: Ratio, data_factor: Ratio) -> Decades:
    """Decades of effective compute by which the record run surpasses that of the first year, before labels are paid.

    Labels must be paid out of the same budget as compute, so the capability that they respond to is that of the run
    which the whole budget could fund.

    Equation:
        c[t] = log10(funded_compute * algorithmic_efficiency * data_factor)
        c[t] - c[first year]

    Leaves out:
        That labels themselves raise capability.
    """
    effective = np.log10(funded_compute * algorithmic_efficiency * data_factor)
    return effective - effective[..., :1, :]


def human_label_price(
    hours_per_label: PerTier[HoursPerLabel], hourly_wage: PerTier[UsdPerHour], vendor_markup: Ratio
) -> PerTier[UsdPerLabel]:
    """What a label of a tier costs that a person makes.

    A breakthrough of labeling is an event that multiplies this price: people who are helped by models, or whose
    verdict a checker replaces, need less of a paid hour for a label. Demand then answers to the lower price.

    Equation:
        hours_per_label * hourly_wage * vendor_markup

    Leaves out:
        Quality control and management of the lab's own.
    """
    return hours_per_label * hourly_wage * vendor_markup


def label_price(
    automated_share: PerTier[Share],
    human_label_price: PerTier[UsdPerLabel],
    automated_label_price: UsdPerLabel,
) -> PerTier[UsdPerLabel]:
    """What a label of a tier costs on average, whether people or models make it.

    Equation:
        (1 - automated_share) * human_label_price + automated_share * automated_label_price

    Leaves out:
        Checking of labels by a second person, unless it stands in the hours.
    """
    return (1.0 - automated_share) * human_label_price + automated_share * automated_label_price


def label_price_now(
    automation_now: PerTier[Share],
    hours_per_label: PerTier[HoursPerLabel],
    wage_now: PerTier[UsdPerHour],
    vendor_margin: Share,
    insourced_share: Share,
    automated_label_price: UsdPerLabel,
) -> PerTier[UsdPerLabel]:
    """The same on the date of the forecast: what the need for labels is stated at.

    Equation:
        m = insourced_share + (1 - insourced_share) / (1 - vendor_margin)
        (1 - automation_now) * hours_per_label * wage_now * m + automation_now * automated_label_price

    Leaves out:
        Checking of labels, as in `label_price`.
    """
    markup = insourced_share + (1.0 - insourced_share) / (1.0 - vendor_margin)
    return (
        1.0 - automation_now
    ) * hours_per_label * wage_now * markup + automation_now * automated_label_price


def label_volume(
    label_need: PerTier[LabelsPerYear],
    label_price: PerTier[UsdPerLabel],
    label_price_now: PerTier[UsdPerLabel],
    label_price_elasticity: Exponent,
    capability_ahead: Decades,
    label_capability_response: PerTier[LogRatio],
) -> PerTier[LabelsPerYear]:
    """Labels of a tier that a top lab uses in a year, made by people or by models.

    Cheaper labels, more of them (rebound): a constant price elasticity. More capable models need more of the expert's
    judgement and less of the crowd's: each decade of capability multiplies a tier's labels by exp(response).

    Equation:
        r = max(label_price / label_price_now, 1e-6), or 1 where label_price_now = 0
        label_need * r^(-label_price_elasticity) * exp(label_capability_response * capability_ahead)

    Leaves out:
        That people move between tiers.
    """
    free = label_price_now <= 0.0
    cheapness = np.where(free, 1.0, label_price / np.where(free, 1.0, label_price_now))
    rebound = np.maximum(cheapness, CHEAPEST) ** -label_price_elasticity
    return label_need * rebound * np.exp(label_capability_response * capability_ahead)


def automated_share(
    automation_now: PerTier[Share], automation_speed: PerTier[PositiveRate], elapsed: Elapsed
) -> PerTier[Share]:
    """Part of a tier's labels that models make: a logistic curve in time.

    Equation:
        a = automation_now * exp(automation_speed * elapsed)
        a / (1 - automation_now + a)

    Leaves out:
        A ceiling below one.
    """
    # Odds times the share made by people, so that a tier that is wholly automated needs no division by zero.
    automated = automation_now * np.exp(automation_speed * elapsed)
    return automated / (1.0 - automation_now + automated)


def hourly_wage(
    wage_now: PerTier[UsdPerHour], wage_growth: PerTier[Rate], elapsed: Elapsed
) -> PerTier[UsdPerHour]:
    """What an hour of a labeler of the tier costs before any vendor's margin.

    Equation:
        wage_now * exp(wage_growth * elapsed)

    Leaves out:
        Wages that rise because labs ask for more labels.
    """
    return wage_now * np.exp(drift(wage_growth, elapsed))


def insourcing(insourced_share: Share, insourcing_growth: Rate, elapsed: Elapsed) -> Share:
    """Part of the human labels that a lab's own people make; its odds grow or shrink at a constant rate.

    Equation:
        o = insourced_share * exp(insourcing_growth * elapsed)
        o / (1 - insourced_share + o)

    Leaves out:
        That own people cost overhead too.
    """
    own = insourced_share * np.exp(drift(insourcing_growth, elapsed))
    return own / (1.0 - insourced_share + own)


def vendor_markup(vendor_margin: Share, insourcing: Share) -> Ratio:
    """What a lab pays per dollar of wages: bought labels carry 1 / (1 - margin), insourced ones none.

    Equation:
        insourcing + (1 - insourcing) / (1 - vendor_margin)

    Leaves out:
        Margins that differ between tiers.
    """
    return insourcing + (1.0 - insourcing) / (1.0 - vendor_margin)


def human_labeling_spend(
    label_volume: PerTier[LabelsPerYear],
    automated_share: PerTier[Share],
    human_label_price: PerTier[UsdPerLabel],
) -> PerTier[UsdPerYear]:
    """What a top lab pays for labels that people make, by tier.

    Equation:
        label_volume * (1 - automated_share) * human_label_price

    Leaves out:
        Environments that are bought as software.
    """
    return label_volume * (1.0 - automated_share) * human_label_price


def automated_labeling_spend(
    label_volume: PerTier[LabelsPerYear], automated_share: PerTier[Share], automated_label_price: UsdPerLabel
) -> PerTier[UsdPerYear]:
    """What a top lab pays for labels that models make, by tier.

    Equation:
        label_volume * automated_share * automated_label_price

    Leaves out:
        Prices of models that fall over time.
    """
    return label_volume * automated_share * automated_label_price


def labeling_spend(
    human_labeling_spend: PerTier[UsdPerYear], automated_labeling_spend: PerTier[UsdPerYear]
) -> UsdPerYear:
    """What a top lab spends on labels in a year, for all its models together.

    Equation:
        sum over tiers of human_labeling_spend + sum over tiers of automated_labeling_spend

    Leaves out:
        Labels that customers and volunteers give for nothing.
    """
    return human_labeling_spend.sum(axis=0) + automated_labeling_spend.sum(axis=0)


def expert_share(human_labeling_spend: PerTier[UsdPerYear], expertise: PerTier[Share]) -> Share:
    """Part of the spending on human labels that goes to professional experts; none where nothing is spent.

    Equation:
        sum over tiers of human_labeling_spend * expertise / sum over tiers of human_labeling_spend

    Leaves out:
        Experts who are employed for research.
    """
    total = human_labeling_spend.sum(axis=0)
    return (human_labeling_spend * expertise).sum(axis=0) / np.where(total > 0.0, total, 1.0)


def labeling_to_compute(labeling_cost: Usd, compute_cost: Usd) -> Ratio:
    """Dollars of labels per dollar of compute in the record run: one sixth for InstructGPT against GPT-3.

    Equation:
        labeling_cost / compute_cost

    Leaves out:
        Nothing: it is a definition.
    """
    return labeling_cost / compute_cost


@adds_to("training_cost", "overhead_cost")
def labeling_cost(labeling_spend: UsdPerYear, labeling_share_of_run: Years) -> Usd:
    """Labels charged to the record run: the part of a year's labeling that goes into this one model.

    Equation:
        labeling_spend * labeling_share_of_run

    Leaves out:
        Labels that go on to serve later models.
    """
    return labeling_spend * labeling_share_of_run
