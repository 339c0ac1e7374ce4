"""Human and automated feedback: what a top lab spends on labels, and the part that one run is charged with."""

from __future__ import annotations

import numpy as np

from forecast.graph import adds_to
from forecast.paths import drift, fading_growth
from forecast.units import (
    Elapsed,
    HoursPerLabel,
    LabelsPerYear,
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


def label_volume(
    labels_now: PerTier[LabelsPerYear],
    label_growth_now: PerTier[Rate],
    label_growth_later: PerTier[Rate],
    label_growth_fade: Years,
    elapsed: Elapsed,
) -> PerTier[LabelsPerYear]:
    """Labels of a tier that a top lab uses in a year, made by people or by models."""
    return labels_now * np.exp(
        fading_growth(label_growth_now, label_growth_later, label_growth_fade, elapsed)
    )


def automated_share(
    automation_now: PerTier[Share], automation_speed: PerTier[PositiveRate], elapsed: Elapsed
) -> PerTier[Share]:
    """Part of a tier's labels that models make: a logistic curve in time."""
    # Odds times the share made by people, so that a tier that is wholly automated needs no division by zero.
    automated = automation_now * np.exp(automation_speed * elapsed)
    return automated / (1.0 - automation_now + automated)


def hourly_wage(
    wage_now: PerTier[UsdPerHour], wage_growth: PerTier[Rate], elapsed: Elapsed
) -> PerTier[UsdPerHour]:
    """What an hour of a labeler of the tier costs before any vendor's margin."""
    return wage_now * np.exp(drift(wage_growth, elapsed))


def vendor_markup(vendor_margin: Share, insourced_share: Share) -> Ratio:
    """What a lab pays per dollar of wages: bought labels carry 1 / (1 - margin), insourced ones none."""
    return insourced_share + (1.0 - insourced_share) / (1.0 - vendor_margin)


def human_labeling_spend(
    label_volume: PerTier[LabelsPerYear],
    automated_share: PerTier[Share],
    hours_per_label: PerTier[HoursPerLabel],
    hourly_wage: PerTier[UsdPerHour],
    vendor_markup: Ratio,
) -> PerTier[UsdPerYear]:
    """What a top lab pays for labels that people make, by tier."""
    return label_volume * (1.0 - automated_share) * hours_per_label * hourly_wage * vendor_markup


def automated_labeling_spend(
    label_volume: PerTier[LabelsPerYear], automated_share: PerTier[Share], automated_label_price: UsdPerLabel
) -> PerTier[UsdPerYear]:
    """What a top lab pays for labels that models make, by tier."""
    return label_volume * automated_share * automated_label_price


def labeling_spend(
    human_labeling_spend: PerTier[UsdPerYear], automated_labeling_spend: PerTier[UsdPerYear]
) -> UsdPerYear:
    """What a top lab spends on labels in a year, for all its models together."""
    return human_labeling_spend.sum(axis=0) + automated_labeling_spend.sum(axis=0)


@adds_to("training_cost", "overhead_cost")
def labeling_cost(labeling_spend: UsdPerYear, labeling_share_of_run: Years) -> Usd:
    """Labels charged to the record run: the part of a year's labeling that goes into this one model."""
    return labeling_spend * labeling_share_of_run
