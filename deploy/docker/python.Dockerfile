# Debian's Python 3.11 with venv, for places where python:3.11-slim-bookworm cannot be pulled.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
RUN apt-get -qq update \
    && apt-get -qq install --no-install-recommends -y ca-certificates python3-venv \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*
ENV LANG=C.UTF-8
CMD ["python3"]
