"""The kinds of rows that history has: one frozen dataclass for each."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from forecast.errors import UsageError, did_you_mean
from forecast.observations.deflation import PriceIndex

Fit = Literal["yes", "no", "censored"]
Basis = Literal["amortized", "cloud", "acquisition"]
BASES: tuple[Basis, ...] = ("amortized", "cloud", "acquisition")


@dataclass(frozen=True, slots=True)
class Measurement:
    """A measured quantity as its source states it.

    Attributes:
        value: The point value, in ``unit``.
        low: Lower end of ``interval``, or None.
        high: Upper end of ``interval``, or None.
        interval: What the ends mean: ``90%`` and the like for a probability, ``range`` for what the source
            calls a range, ``bound`` for hard bounds, empty where there are none.
        unit: For money ``USD``, meaning dollars of ``date``.
        date: For money the month whose dollars these are; else the day to which the value refers.
    """

    value: float
    low: float | None
    high: float | None
    interval: str
    unit: str
    date: dt.date


@dataclass(frozen=True, slots=True)
class Observation:
    """One sourced fact: a value, what it is a value of, when it held and when it became public.

    Attributes:
        id: Stable name of the row.
        entity: Who or what is measured.
        metric: What is measured of it.
        value: The point value in ``unit``; None where only an interval or words are known.
        low: Lower end of the interval, or None.
        high: Upper end of the interval, or None.
        interval: What the ends mean (see `Measurement`).
        unit: One of `forecast.observations.UNITS`.
        date: Last day of the period that the value describes; for a plan or a projection the day when it was made.
        period: The period in the source's own terms, for example ``FY2025`` or ``2012-2023``.
        known: Day on which the value became public.
        fit: Whether a model may be fitted to the row.
        why_not: The reason where it may not.
        source: Where the value can be looked up.
        licence: Terms of that source.
        verified: Whether the value was read at the source rather than recalled.
        notes: What a reader should know beside the number.
    """

    id: str
    entity: str
    metric: str
    value: float | None
    low: float | None
    high: float | None
    interval: str
    unit: str
    date: dt.date
    period: str
    known: dt.date
    fit: Fit
    why_not: str
    source: str
    licence: str
    verified: bool
    notes: str


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """One training run: what was computed, with what, and what it cost on up to three bases.

    Attributes:
        id: Stable name of the row.
        model: The model's name.
        organization: Who trained it; the first name leads.
        released: Day of publication or release.
        known: Day from which the row counts as known; the release, unless its figures are later news.
        superseded: Day on which a revised row for the same model took over, or None.
        compute: Training compute [FLOP], or None where nothing is public.
        bounds: At least and at most how much compute it was where that is not public [FLOP]; None where not known.
        confidence: The source's own class for it: ``confident``, ``likely``, ``speculative`` or ``unknown``.
        cost_amortized: Depreciation of the hardware over the run plus energy.
        cost_cloud: The same chip-hours at rental prices.
        cost_acquisition: Purchase of the whole cluster.
        cost_reported: A figure from the developer or the press, whatever it covers.
        cost_reported_scope: Who said so and what it covers.
        chip: ``gpu``, ``tpu``, ``other``, or empty where the hardware is unknown.
        hardware: The hardware's name.
        chip_count: Number of chips, or None.
        chip_hours: Chip-hours of the run, or None.
        training_days: Length of the run [days], or None.
        utilization: Share of the peak arithmetic rate that was reached, or None.
        parameters: Number of parameters, or None.
        dataset_size: Size of the training set in ``dataset_unit``, or None.
        dataset_unit: ``token`` or ``datapoint``.
        open_weights: Whether anyone may download the weights; None where unknown.
        samples: Published studies that used this run, for comparison with their results.
        fit: ``yes``; ``no``; or ``censored``: released, but its compute is not public.
        why_not: The reason where it is not ``yes``.
        rank: Place by compute among the runs released so far that may be fitted; None without compute.
        source: Where the figures can be looked up.
        licence: Terms of that source.
        verified: Whether the figures were read at the source.
        notes: What a reader should know beside the numbers.
    """

    id: str
    model: str
    organization: str
    released: dt.date
    known: dt.date
    superseded: dt.date | None
    compute: Measurement | None
    confidence: str
    cost_amortized: Measurement | None
    cost_cloud: Measurement | None
    cost_acquisition: Measurement | None
    cost_reported: Measurement | None
    cost_reported_known: dt.date | None
    cost_reported_scope: str
    chip: str
    hardware: str
    chip_count: float | None
    chip_hours: float | None
    training_days: float | None
    utilization: float | None
    parameters: float | None
    dataset_size: float | None
    dataset_unit: str
    open_weights: bool | None
    samples: tuple[str, ...]
    fit: Fit
    why_not: str
    source: str
    licence: str
    verified: bool
    notes: str
    rank: int | None = None
    bounds: tuple[float | None, float | None] = (None, None)

    @property
    def top_ten(self) -> bool:
        """Whether the run was among the ten largest at its release: a frontier run."""
        return self.rank is not None and self.rank <= 10

    @property
    def tokens(self) -> float | None:
        """Size of the training text [tokens]; None where it is unknown or not counted in tokens."""
        return self.dataset_size if self.dataset_unit == "token" else None

    def cost(self, basis: str) -> Measurement | None:
        """The cost on one basis as quoted, in dollars of its own price date; None where there is no estimate.

        Args:
            basis: ``amortized``, ``cloud`` or ``acquisition``.
        """
        if basis not in BASES:
            raise UsageError(
                f'"{basis}" is no cost basis; use one of {", ".join(BASES)}{did_you_mean(basis, BASES)}'
            )
        quoted: Measurement | None = getattr(self, f"cost_{basis}")
        return quoted

    def real_cost(self, basis: str, index: PriceIndex) -> float | None:
        """The cost on one basis in constant dollars [USD of December 2023]; None where there is no estimate.

        Args:
            basis: ``amortized``, ``cloud`` or ``acquisition``.
            index: The prices that turn dollars of one month into those of another.
        """
        quoted = self.cost(basis)
        return None if quoted is None else index.real(quoted.value, quoted.date)


@dataclass(frozen=True, slots=True)
class Chip:
    """One accelerator: its peak rates, its power and the price nearest to its launch.

    Attributes:
        id: Stable name of the row.
        chip: The chip's name.
        vendor: Its maker.
        released: Day of its launch.
        known: Day from which the row counts as known: the launch or the price, whichever came later.
        kind: ``gpu``, ``tpu`` or ``other``.
        peak_fp32: Peak single-precision rate [FLOP/s], or None.
        peak_16bit: Peak dense 16-bit rate, with tensor units where there are any [FLOP/s], or None.
        peak_fp8: Peak dense 8-bit floating-point rate [FLOP/s], or None.
        peak_fp4: Peak dense 4-bit floating-point rate [FLOP/s], or None.
        peak_int8: Peak 8-bit integer rate [OP/s], or None.
        power: Thermal design power [W], or None.
        memory: Memory [byte], or None.
        memory_bandwidth: Memory bandwidth [byte/s], or None.
        purchase_price: Price of one chip in dollars of its date, or None.
        purchase_price_kind: ``launch``, ``list``, ``retail``, ``press``, ``average selling price`` or ``maker's cost``.
        fit: Whether the trend of price-performance may be fitted to it.
        why_not: The reason where it may not.
        source: Where the figures can be looked up.
        licence: Terms of that source.
        verified: Whether the figures were read at the source.
        notes: What a reader should know beside the numbers.
    """

    id: str
    chip: str
    vendor: str
    released: dt.date
    known: dt.date
    kind: str
    peak_fp32: float | None
    peak_16bit: float | None
    peak_fp8: float | None
    peak_fp4: float | None
    peak_int8: float | None
    power: float | None
    memory: float | None
    memory_bandwidth: float | None
    purchase_price: Measurement | None
    purchase_price_kind: str
    fit: Fit
    why_not: str
    source: str
    licence: str
    verified: bool
    notes: str

    @property
    def own_cost(self) -> bool:
        """Whether the price is an estimate of the maker's own cost rather than what a buyer pays."""
        return self.purchase_price_kind == "maker's cost"

    @property
    def peak_training(self) -> float | None:
        """Peak rate that a training run of its day could use: 16-bit, or 32-bit where that is faster [FLOP/s]."""
        return max((rate for rate in (self.peak_16bit, self.peak_fp32) if rate is not None), default=None)

    def price_performance(self, index: PriceIndex) -> float | None:
        """Peak training rate per purchase dollar [FLOP/s per USD of December 2023]; None without rate or price."""
        if self.purchase_price is None or self.peak_training is None:
            return None
        return self.peak_training / index.real(self.purchase_price.value, self.purchase_price.date)
