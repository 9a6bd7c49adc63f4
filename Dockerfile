# One image for migrate, web, worker and beat. Built in two steps: what builds is not what runs.
FROM node:22-bookworm-slim AS browser
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund

FROM python:3.11-slim-bookworm AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements.lock .
RUN /venv/bin/pip install --require-hashes -r requirements.lock

FROM python:3.11-slim-bookworm
# WeasyPrint draws text with these; fontconfig finds the fonts it is given.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin kap
WORKDIR /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DJANGO_SETTINGS_MODULE=kap_clinic.settings
COPY --from=packages /venv /venv
COPY . .
COPY --from=browser /app/node_modules ./node_modules
# Only the names of static files are worked out here: the secrets of this step are of no use to anybody.
RUN DEMO=1 python -m django collectstatic --noinput --verbosity 0 \
    && install -d -o kap -g kap /app/var \
    && rm -rf node_modules/.cache
USER kap
EXPOSE 8000
CMD ["gunicorn", "kap_clinic.wsgi", "--bind=0.0.0.0:8000", "--worker-class=gthread", "--workers=2", "--threads=4", "--timeout=30", "--graceful-timeout=20", "--no-control-socket", "--access-logfile=/dev/null"]
