# One image for every process. Alone it runs web and worker on SQLite, with its data in /data:
#   docker build -t gatehouse . && docker run -p 8000:8000 -v gatehouse:/data gatehouse
# compose.yaml runs them apart, on PostgreSQL and Redis.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 GATEWAY_DATA_DIR=/data
WORKDIR /app
COPY requirements.lock .
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
COPY . .

RUN useradd --system --uid 10001 --create-home --home-dir /data gatehouse
USER gatehouse
VOLUME /data
EXPOSE 8000
HEALTHCHECK --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=5)"]
CMD ["python", "manage.py", "up", "--host", "0.0.0.0", "--port", "8000"]
