"""The joint random walk with drift: growth of compute never changes, but years surprise and surprises stay.

    f(t) = a + G t + W(t),    W a random walk with standard deviation sigma_level a year

in place of the fading local linear trend of `forecast.fit.model_joint_trend`; the runs' scatter, compute per
dollar, chips and cost bases are as there. The drift in force is the realised mean growth with the walk's own
share taken off.
"""

from __future__ import annotations

from functools import partial

from forecast.fit import model_joint_trend

NAME = "joint random walk with drift"
FORM = model_joint_trend.Form(slope_walks=False, fades=False)

build = partial(model_joint_trend.build, form=FORM)
trends = partial(model_joint_trend.trends, form=FORM)
