# KeyVault's server: web, worker, beat, sealer, gateway and the one-time init run from this image (docker-compose.yml).
ARG BASE_IMAGE=python:3.11-slim-bookworm

FROM ${BASE_IMAGE} AS packages
COPY requirements.txt .
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --no-deps -r requirements.txt

FROM ${BASE_IMAGE}
RUN groupadd --gid 10001 keyvault \
    && useradd --uid 10001 --gid keyvault --no-create-home --shell /usr/sbin/nologin keyvault \
    && install --directory --owner keyvault --group keyvault --mode 0700 /data
COPY --from=packages /venv /venv
WORKDIR /app
# Whole, so that keyvault/secrets stays the symbolic link that it is; .dockerignore leaves out what is no product.
COPY . .
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=keyvault.settings \
    KEYVAULT_DATA_DIR=/data \
    KEYVAULT_STATIC_ROOT=/app/static_collected
RUN python manage.py collectstatic --no-input --verbosity 0 && python -m compileall -q keyvault accounts alerts audit gateway orgs secrets tokens
USER 10001:10001
EXPOSE 8000 8001
CMD ["python", "-m", "keyvault.web"]
