"""The joint local linear trend that does not fade: growth drifts, with no lean to either side.

    f a level walk around a slope that itself walks (Harvey 1989, eq. 2.3.27)

which is the trend of `forecast.fit.model_joint_trend` with a floor share of one; all else is as there.
"""

from __future__ import annotations

from functools import partial

from forecast.fit import model_joint_trend

NAME = "joint local linear trend"
FORM = model_joint_trend.LOCAL_LINEAR

build = partial(model_joint_trend.build, form=FORM)
trends = partial(model_joint_trend.trends, form=FORM)
