# docker build -t tsidp .                                      for this machine
# docker buildx build --platform linux/amd64,linux/arm64 .     for both

# Everything that is fetched is pinned: these two images by digest (for all platforms), tailscaled and its dependencies
# by Go's checksum database. No package manager runs.
ARG GO=golang:1.26.8@sha256:3c3e25a4da13fd0478eed2df1eb35a0e667094a7124d3993a6a1d30f71c17e79
ARG JDK=eclipse-temurin:25.0.4_7-jdk-noble@sha256:534968c051301957beae735e7ba1db54d99ddecf08746d3b9d4f318cc132dbc3

FROM --platform=$BUILDPLATFORM $GO AS tailscaled
ARG TARGETARCH
# From the module and the checksum database: the one that the tests of this repository run with.
RUN CGO_ENABLED=0 GOARCH=$TARGETARCH GOFLAGS=-trimpath go install -ldflags '-s -w' tailscale.com/cmd/tailscaled@v1.102.5 \
    && find /go/bin -name tailscaled -exec cp {} /tailscaled ';'

FROM $JDK AS jdk

# Go's image for its make, its C library and its certificates of public authorities.
FROM $GO AS build
COPY --from=jdk /opt/java/openjdk /opt/java/openjdk
WORKDIR /src
COPY Makefile ./
COPY src src
COPY test test
COPY web web
COPY --from=tailscaled /tailscaled /tailscaled
RUN make image && test/container/root /root-of-container build/tsidp /tailscaled

FROM scratch
COPY --from=build /root-of-container/ /
COPY --from=build --chown=1001:1001 /root-of-container/data /data
ENV PATH=/opt/tsidp/bin:/usr/local/bin:/bin TS_STATE_DIR=/data HOME=/data
USER 1001:1001
VOLUME /data
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["/opt/tsidp/bin/tsidp", "health"]
ENTRYPOINT ["/opt/tsidp/bin/tsidp"]
