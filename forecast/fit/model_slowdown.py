"""The slowdown: growth of compute falls exponentially from the first day on, towards a floor, and years surprise.

    f'(t) = floor + (g_0 - floor) exp(-(t - start) / fade),    f(t) = a + integral of f' + W(t)

in place of the local linear trend of `forecast.fit.model_joint_trend`, with ``W`` a random walk; the runs' scatter,
compute per dollar, chips and cost bases are as there. It is written in the realised mean growth ``G``: the floor is a
share of ``G`` (prior log odds normal about 0.5) and ``g_0`` follows. The prior of ``fade`` is log-normal about eight
years. Growth keeps fading after the last data.
"""

from __future__ import annotations

from functools import partial

from forecast.fit import model_joint_trend

NAME = "slowdown"
FORM = model_joint_trend.Form(slope_walks=False, fades=True)

build = partial(model_joint_trend.build, form=FORM)
trends = partial(model_joint_trend.trends, form=FORM)
