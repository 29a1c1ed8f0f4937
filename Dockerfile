# docker build -t tsidp .                                      for this machine
# docker buildx build --platform linux/amd64,linux/arm64 .     for both

FROM --platform=$BUILDPLATFORM golang:1.26.8 AS tailscaled
ARG TARGETARCH
# From the module and the checksum database: the one that the tests of this repository run with.
RUN CGO_ENABLED=0 GOARCH=$TARGETARCH GOFLAGS=-trimpath go install -ldflags '-s -w' tailscale.com/cmd/tailscaled@v1.102.5 \
    && find /go/bin -name tailscaled -exec cp {} /tailscaled ';'

FROM eclipse-temurin:25-jdk-noble AS build
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates make maven
WORKDIR /src
COPY Makefile ./
COPY src src
COPY test test
COPY web web
COPY --from=tailscaled /tailscaled /tailscaled
RUN make image && test/container/root /root-of-container build/tsidp /tailscaled

FROM scratch
COPY --from=build /root-of-container/ /
COPY --from=build --chown=10001:10001 /root-of-container/data /data
ENV PATH=/opt/tsidp/bin:/usr/local/bin:/bin TS_STATE_DIR=/data HOME=/data
USER 10001:10001
VOLUME /data
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["/opt/tsidp/bin/tsidp", "health"]
ENTRYPOINT ["/opt/tsidp/bin/tsidp"]
