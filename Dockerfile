# `docker build -t forecast .` and then, results in the folder where you are:
#   docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/work" forecast run scenarios/baseline.yaml
# No compiler is needed: every package is locked with its hash and ships a wheel.
FROM python:3.13-slim-bookworm

WORKDIR /opt/forecast
COPY requirements/run.lock requirements/run.lock
RUN python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes --no-deps --requirement requirements/run.lock
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY forecast forecast
COPY scenarios scenarios
COPY schemas schemas
# Fits and compiled code are kept in /cache; mount a volume to keep them between containers.
RUN python -m pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation . && mkdir -m 1777 /cache
ENV FORECAST_CACHE_DIR=/cache/fits NUMBA_CACHE_DIR=/cache/numba MPLCONFIGDIR=/cache/matplotlib HOME=/cache
WORKDIR /work
ENTRYPOINT ["forecast"]
CMD ["--help"]
