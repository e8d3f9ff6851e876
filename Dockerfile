# Two stages: the first installs from the lock, the second runs it as an ordinary user with nothing to build with.

FROM python:3.13-slim@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
RUN ["python", "-m", "venv", "/opt/pieloop"]
ENV PATH=/opt/pieloop/bin:$PATH

# The lock first: its layer is reused until a dependency changes. pip byte-compiles what it installs.
COPY requirements/server.lock requirements/server.lock
RUN ["pip", "install", "--quiet", "--require-hashes", "-r", "requirements/server.lock"]
COPY pyproject.toml README.md LICENSE ./
COPY service service
COPY workers workers
RUN ["pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "."]
# As Python's modules, templates are compiled here: later nobody may write there. -P: those that were installed.
RUN ["python", "-P", "-c", "from service.http.web.frame.rendering import prepare; prepare()"]
RUN ["pip", "uninstall", "--quiet", "--yes", "setuptools", "pip"]


FROM python:3.13-slim@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b

ENV PATH=/opt/pieloop/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIELOOP_DATA_DIR=/data
RUN ["useradd", "--uid", "10001", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", \
     "--shell", "/usr/sbin/nologin", "pieloop"]
RUN ["install", "--directory", "--owner=pieloop", "--group=pieloop", "--mode=0750", "/data"]
COPY --from=build /opt/pieloop /opt/pieloop
WORKDIR /app
COPY config.toml hypercorn.toml ./

USER 10001:10001
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --retries=12 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
CMD ["hypercorn", "--config", "hypercorn.toml", "--bind", "0.0.0.0:8000", "service:app"]
