# Two images: `docker build --target cpu .` and `docker build --target cuda .`; docs/docker.md.
# docker/rehearse.py reads this file and does the same steps in a folder, without Docker.
# Pin the digest of the image that you have tested: --build-arg PYTHON=python:3.13-slim-trixie@sha256:...
ARG PYTHON=python:3.13-slim-trixie

FROM ${PYTHON} AS base
ENV APP=/app DATA_DIR=/data
# ONNX Runtime sends telemetry unless it is told not to; the program does so by itself, too.
ENV WEIGHTS_DIR=${APP}/weights PYTHONUNBUFFERED=1 ORT_DISABLE_TELEMETRY=1

FROM base AS wheel
WORKDIR ${APP}/source
COPY requirements/build.lock requirements/
RUN python3 -m venv "${APP}/tools" && "${APP}/tools/bin/pip" install --quiet --no-cache-dir --require-hashes --requirement requirements/build.lock
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY backgrounds backgrounds
COPY bot bot
COPY editor editor
COPY pipeline pipeline
COPY playground playground
COPY storage storage
COPY vitrina vitrina
COPY weights weights
RUN "${APP}/tools/bin/pip" wheel --quiet --no-cache-dir --no-deps --no-build-isolation --wheel-dir "${APP}/wheel" .

FROM base AS cpu-installed
WORKDIR ${APP}
COPY requirements/cpu.lock requirements/
RUN python3 -m venv --without-pip venv && python3 -m pip --python venv/bin/python install --quiet --no-cache-dir --require-hashes --no-deps --requirement requirements/cpu.lock
COPY --from=wheel ${APP}/wheel ${APP}/wheel
RUN python3 -m pip --python venv/bin/python install --quiet --no-cache-dir --no-deps wheel/*.whl

FROM base AS cuda-installed
WORKDIR ${APP}
COPY requirements/cuda.lock requirements/
RUN python3 -m venv --without-pip venv && python3 -m pip --python venv/bin/python install --quiet --no-cache-dir --require-hashes --no-deps --requirement requirements/cuda.lock
COPY --from=wheel ${APP}/wheel ${APP}/wheel
RUN python3 -m pip --python venv/bin/python install --quiet --no-cache-dir --no-deps wheel/*.whl

# Baked in. To mount them instead: --volume weights:/app/weights and `vitrina weights fetch` once.
FROM cpu-installed AS weights
RUN venv/bin/vitrina weights fetch

FROM base AS cpu
COPY --from=cpu-installed ${APP}/venv ${APP}/venv
COPY --from=weights ${APP}/weights ${APP}/weights
RUN install --directory --owner=10001 --group=10001 "${DATA_DIR}"
ENV PATH=${APP}/venv/bin:${PATH} METRICS_PORT=9000 LOG_FORMAT=json
WORKDIR ${DATA_DIR}
VOLUME ${DATA_DIR}
USER 10001:10001
HEALTHCHECK --start-period=30s --timeout=10s CMD ["python3", "-m", "vitrina.healthcheck"]
ENTRYPOINT ["vitrina"]
CMD ["bot"]

# CUDA and cuDNN come as wheels; the driver comes from the host by the NVIDIA Container Toolkit.
FROM base AS cuda
COPY --from=cuda-installed ${APP}/venv ${APP}/venv
COPY --from=weights ${APP}/weights ${APP}/weights
RUN install --directory --owner=10001 --group=10001 "${DATA_DIR}"
ENV PATH=${APP}/venv/bin:${PATH} METRICS_PORT=9000 LOG_FORMAT=json REQUIRE_GPU=true NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
WORKDIR ${DATA_DIR}
VOLUME ${DATA_DIR}
USER 10001:10001
HEALTHCHECK --start-period=300s --timeout=10s CMD ["python3", "-m", "vitrina.healthcheck"]
ENTRYPOINT ["vitrina"]
CMD ["bot"]
