# The image of web, worker and the one-shot commands; docker-compose.yml runs it.

FROM python:3.11-slim AS build
RUN python -m venv /opt/bilum
WORKDIR /source
# With Celery, which does nothing unless BILUM_BROKER_URL is given.
# The dependencies are a layer of their own, made again only when the lock changes.
COPY requirements/celery.lock requirements/
RUN /opt/bilum/bin/pip install --no-cache-dir --disable-pip-version-check \
        --require-hashes --no-deps --requirement requirements/celery.lock
COPY pyproject.toml README.md LICENSE ./
COPY chain chain
COPY gateway gateway
COPY services services
COPY sms sms
RUN /opt/bilum/bin/pip install --no-cache-dir --disable-pip-version-check \
        --no-deps --no-build-isolation .

FROM python:3.11-slim
# pg_dump and pg_restore, for backups; of the server's version or a newer one.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /var/lib/bilum --create-home bilum
COPY --from=build /opt/bilum /opt/bilum
ENV PATH=/opt/bilum/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    BILUM_DATA_DIR=/var/lib/bilum \
    BILUM_HOST=0.0.0.0
USER bilum
WORKDIR /var/lib/bilum
VOLUME /var/lib/bilum
EXPOSE 8080
ENTRYPOINT ["bilum"]
CMD ["run"]
