# The only entry point: `make help` lists what it does. Nothing is written outside build/.

JUNIT_VERSION := 1.14.1
JUNIT_SHA256  := a09c656d60ada792cf12ed1e8dc7ead3edc98dde034332e97dfcb5b4268b9072
MAVEN_COPY    := org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy
VERSION       := 0.1.0
# The date inside the jar, so that two builds of one commit are byte-identical.
BUILD_DATE    := 2026-01-01T00:00:00Z

# A JDK 25 or newer: JAVA_HOME, then `java` on PATH, then the usual folders.
JDK := $(shell for home in "$$JAVA_HOME" "$$(readlink -f "$$(command -v java)" 2>/dev/null | sed 's,/bin/java$$,,')" \
	/usr/lib/jvm/* /usr/local/lib/jvm/* /opt/java/* /opt/jdk* "$$HOME"/.sdkman/candidates/java/* \
	"$$HOME"/.jdks/* /Library/Java/JavaVirtualMachines/*/Contents/Home /opt/homebrew/opt/openjdk; do \
	[ -x "$$home/bin/javac" ] && [ -x "$$home/bin/jlink" ] || continue; \
	major=$$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$$home/release" 2>/dev/null); \
	[ "$${major:-0}" -ge 25 ] && { echo "$$home"; break; }; done)

# -serial: exceptions are never serialised. -missing: a forced @param for each record component hides the comments
# that matter.
LINT  := -Xlint:all,-serial -Werror -Xdoclint:all/protected,-missing
# Strings are concatenated in plain bytecode: the default generates classes at run time, which no AOT cache can contain.
JAVAC := $(JDK)/bin/javac --release 25 -encoding UTF-8 -XDstringConcat=inline $(LINT)

SOURCES      := $(shell find src -name '*.java' | LC_ALL=C sort)
WEB          := $(shell find web -type f 2>/dev/null | LC_ALL=C sort)
TEST_SOURCES := $(shell find test/tsidp -name '*.java' | LC_ALL=C sort)
JUNIT        := build/lib/junit-platform-console-standalone-$(JUNIT_VERSION).jar
JAR          := build/tsidp.jar
IMAGE        := build/tsidp

# What the image's launcher, the benchmark and the tests of the image run with. C2 stays: without it a signature costs
# several times as much. Trimming returns the memory of its compilations to the system.
JVM_OPTIONS := -Xms24m -Xmn8m -Xmx96m -XX:MinHeapFreeRatio=10 -XX:MaxHeapFreeRatio=30 -XX:-ShrinkHeapInSteps -XX:+UseSerialGC \
	-XX:+UseCompactObjectHeaders -XX:MaxMetaspaceSize=48m -XX:ReservedCodeCacheSize=24m \
	-XX:-UsePerfData -XX:TrimNativeHeapInterval=10000 -XX:+ExitOnOutOfMemoryError \
	-Djdk.virtualThreadScheduler.maxPoolSize=64

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

help: ## This list
	@awk -F':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

jdk:
	@test -n "$(JDK)" || { echo "tsidp needs a JDK 25 or newer: install one (for example Eclipse Temurin 25) or set JAVA_HOME to it." >&2; exit 1; }

build: $(JAR) ## Compile, with every warning an error, into build/tsidp.jar

build/classes.done: $(SOURCES) $(WEB) Makefile | jdk
	@rm -rf build/classes && mkdir -p build/classes
	@$(JAVAC) -d build/classes $(SOURCES)
	@mkdir -p build/classes/web && cp -R web/. build/classes/web/
	@echo "$(VERSION)" > build/classes/tsidp/version
	@touch $@

$(JAR): build/classes.done
	@cd build/classes && find . -type f | sed 's,^\./,,' | LC_ALL=C sort > ../jar-files
	@cd build/classes && "$(JDK)/bin/jar" --create --file ../tsidp.jar --date $(BUILD_DATE) --main-class tsidp.Main @../jar-files

$(JUNIT):
	@command -v mvn >/dev/null || { echo "make test needs Maven (mvn), only to fetch JUnit: install it." >&2; exit 1; }
	@mkdir -p build/lib
	@mvn -q -B $(MAVEN_COPY) -Dartifact=org.junit.platform:junit-platform-console-standalone:$(JUNIT_VERSION) -DoutputDirectory=build/lib
	@echo "$(JUNIT_SHA256)  $@" | sha256sum -c --quiet - || { rm -f $@; exit 1; }

build/test-classes.done: $(TEST_SOURCES) build/classes.done $(JUNIT)
	@rm -rf build/test-classes && mkdir -p build/test-classes
	@$(JDK)/bin/javac --release 25 -encoding UTF-8 -Xlint:all,-serial,-processing -proc:none -Werror -d build/test-classes \
		-cp build/classes:$(JUNIT) $(TEST_SOURCES)
	@touch $@

lint: build/classes.done build/test-classes.done ## Compiler and documentation warnings are errors

# TESTS='--select-class tsidp.json.JsonReaderTest' runs only some.
TESTS := --scan-classpath build/test-classes
test: build/test-classes.done $(JAR) ## Unit tests and whole flows against the simulated tailnet
	@mkdir -p build/test && : > build/test/output
	@"$(JDK)/bin/java" -Djava.io.tmpdir="$(CURDIR)/build/test" -Dtsidp.root="$(CURDIR)" -Dtsidp.jdk="$(JDK)" \
		-jar $(JUNIT) execute -cp build/test-classes:build/classes $(TESTS) \
		--disable-banner --disable-ansi-colors --details=summary > build/test/output 2>&1; status=$$?; \
		cat build/test/output; \
		awk '/tests successful/ { passed = $$2 } /tests failed/ { failed = $$2 } \
			END { printf "%d passed, %d failed\n", passed, failed; exit passed == 0 || failed > 0 }' build/test/output \
		&& exit $$status

# The demonstration, and what trains the image. Neither needs JUnit: only `make test` fetches anything.
DEMO_SOURCES := $(shell find test/tsidp/fake test/tsidp/demo test/tsidp/image test/tsidp/jose test/tsidp/DemoServer.java \
	-name '*.java' ! -path '*/jose/*Test.java' | LC_ALL=C sort)

build/demo-classes.done: $(DEMO_SOURCES) build/classes.done
	@rm -rf build/demo-classes && mkdir -p build/demo-classes
	@$(JDK)/bin/javac --release 25 -encoding UTF-8 -Xlint:all,-serial -Werror -d build/demo-classes \
		-cp build/classes $(DEMO_SOURCES)
	@touch $@

# The pages are beside the classes and are read from there. DEMO_PORT=0 takes a free port.
DEMO_PORT ?= 8080
demo: build/demo-classes.done ## An application to sign in to, beside a simulated tailnet, on localhost
	@mkdir -p build/demo
	@exec "$(JDK)/bin/java" -Djava.io.tmpdir="$(CURDIR)/build/demo" \
		-cp build/demo-classes:build/classes:test/tsidp/demo tsidp.demo.Demo "$(DEMO_PORT)"

# The launcher of the image: a shell script, so that an operator can read the options.
define LAUNCHER
#!/bin/sh
# TSIDP_JAVA_OPTIONS is for options of the JVM that come after ours.
export MALLOC_ARENA_MAX="$${MALLOC_ARENA_MAX:-1}"
# The container has links to this and no readlink.
self=$$0
[ -L "$$self" ] && self=$$(readlink -f "$$self" 2>/dev/null || echo /opt/tsidp/bin/tsidp)
home=$${self%/*}/..
# A link to bin/java: its name is that of the process.
cache=-XX:AOTCache=$$home/lib/tsidp.aot
options="$(JVM_OPTIONS) $$TSIDP_JAVA_OPTIONS"
# Some options do not fit the cache, and the JVM would end: the start is slower without it.
[ -z "$$TSIDP_JAVA_OPTIONS" ] || "$$home/lib/tsidp" "$$cache" $$options -m tsidp/tsidp.Main -help >/dev/null 2>&1 || cache=-XX:AOTMode=off
exec "$$home/lib/tsidp" "$$cache" $$options -m tsidp/tsidp.Main "$$@"
endef
export LAUNCHER

image: build/image.done ## build/tsidp/: a trimmed runtime, an AOT cache trained on real sign-ins, bin/tsidp

build/image.done: $(JAR) build/demo-classes.done
	@rm -rf $(IMAGE)
	@"$(JDK)/bin/jlink" --module-path $(JAR) --add-modules tsidp --strip-debug --no-header-files --no-man-pages \
		--compress zip-6 --output $(IMAGE)
	@"$(JDK)/bin/java" -cp build/demo-classes:build/classes tsidp.image.Training $(IMAGE)/bin/java \
		-XX:AOTCacheOutput=$(IMAGE)/lib/tsidp.aot $(JVM_OPTIONS) -m tsidp/tsidp.Main
	@ln -s ../bin/java $(IMAGE)/lib/tsidp
	@echo "$$LAUNCHER" > $(IMAGE)/bin/tsidp && chmod 755 $(IMAGE)/bin/tsidp
	@test -s $(IMAGE)/lib/tsidp.aot
	@touch $@

# Go's caches are in build/ too: the first run takes two minutes longer.
BENCH_GO := GOMODCACHE="$(CURDIR)/build/bench/cache/mod" GOCACHE="$(CURDIR)/build/bench/cache/build" GOFLAGS=-modcacherw
bench: build/image.done ## Measure the image beside the Go tsidp, in one run (needs Go 1.26.6, root or user namespaces)
	@command -v go >/dev/null || { echo "make bench needs Go 1.26.6 or newer: install it." >&2; exit 1; }
	@command -v ip >/dev/null || { echo "make bench needs ip (iproute2): install it." >&2; exit 1; }
	@mkdir -p build/bench
	@cd test/bench && CGO_ENABLED=0 $(BENCH_GO) go build -buildvcs=false -o ../../build/bench/ . tailscale.com/cmd/tsidp
	@"$(JDK)/bin/javac" --release 25 -encoding UTF-8 -Xlint:all -Werror -cp build/classes -d build/bench test/bench/*.java
	@"$(JDK)/bin/jar" --create --file build/bench/empty.jar -C build/bench Empty.class
	@"$(JDK)/bin/java" -cp build/bench:build/classes Comparisons
	@build/bench/bench -image $(IMAGE) -work build/bench -java-options "$(JVM_OPTIONS)"

interop: image build/test-classes.done ## Real clients, a real tailnet on loopback, real tailscaleds
	@test/interop/run build $(IMAGE)/bin/tsidp

clean: ## Remove build/
	@rm -rf build

.PHONY: help jdk build lint test demo image bench interop clean
