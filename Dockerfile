# A Docker Space: port 7860, user 1000, CPU only.
FROM python:3.12-slim

RUN useradd --create-home --uid 1000 user
USER 1000
WORKDIR /home/user/app
ENV HOME=/home/user \
    PATH=/home/user/.local/bin:$PATH \
    HF_HOME=/home/user/.cache/huggingface \
    GRADIO_TEMP_DIR=/home/user/.cache/gradio \
    GRADIO_SERVER_NAME=0.0.0.0 \
    GRADIO_SERVER_PORT=7860 \
    GRADIO_ANALYTICS_ENABLED=False \
    OMP_WAIT_POLICY=PASSIVE \
    PYTHONUNBUFFERED=1

# The index that holds PyTorch's builds for CPUs: a Space passes its variable of this name on to the
# build. Their hashes are in no lock. Without it pip takes the usual build, which works as well but
# brings gigabytes of CUDA.
ARG TORCH_INDEX_URL=""
COPY --chown=user .ci/*.lock ./
# The version stands in the lock, which the linter does not see:
# hadolint ignore=DL3013
RUN pip="pip install --no-cache-dir --user --no-deps" \
    && if [ -n "$TORCH_INDEX_URL" ]; then \
        $pip --index-url "$TORCH_INDEX_URL" "$(grep -o '^torch==[^ ]*' torch.lock)"; \
    else \
        $pip --require-hashes -r torch.lock -r cuda.lock; \
    fi \
    && $pip --require-hashes -r requirements.lock

COPY --chown=user app.py ./
COPY --chown=user models ./models
COPY --chown=user playground ./playground
# Otherwise every container compiles them at its start, a sixth of what that takes.
RUN python -m compileall -q app.py models playground

EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:7860/healthz', timeout=4)"]
CMD ["python", "app.py"]
