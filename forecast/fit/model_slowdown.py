"""The slowdown: growth of compute falls exponentially from the first day on, towards a floor, and years surprise.

    f'(t) = floor + (g_0 - floor) exp(-(t - start) / fade),    f(t) = a + integral of f' + W(t)

in place of the trend of `forecast.fit.model_joint_trend`, with ``W`` a random walk: that trend without a slope that
walks, so that fading is all that changes growth. It is written in the realised mean growth ``G``, of which the
floor is a
share; ``g_0`` follows. The runs' scatter, compute per dollar, chips, cost bases and the priors of fading are
as there.
"""

from __future__ import annotations

from functools import partial

from forecast.fit import model_joint_trend

NAME = "slowdown"
FORM = model_joint_trend.Form(slope_walks=False)

build = partial(model_joint_trend.build, form=FORM)
trends = partial(model_joint_trend.trends, form=FORM)
