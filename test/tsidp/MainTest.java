package tsidp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tsidp.fake.Child;
import tsidp.fake.FakeMisbehaviour;
import tsidp.fake.FakeTailnet;
import tsidp.fake.Ports;

/// How it ends: exit status and sentence.
@Timeout(90)
class MainTest {

    @TempDir
    private Path temporary;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... arguments) {
        out.reset();
        err.reset();
        return Main.run(List.of(arguments), Map.of("HOME", temporary.toString()),
                new PrintStream(out, true, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    private void assertEnds(int status, String sentence, String... arguments) {
        assertEquals(status, run(arguments), () -> err.toString());
        assertEquals("tsidp: " + sentence + "\n", err.toString(StandardCharsets.UTF_8));
        assertEquals("", out.toString());
    }

    @Test
    void aCommandLineThatCanNotBeUnderstoodEndsWith2() {
        assertEnds(2, "there is no flag -x: see tsidp -help", "-x");
        assertEnds(2, "unexpected argument \"serve\": see tsidp -help", "serve");
        assertEnds(2, "-port has the value \"x\": it must be a whole number", "-port", "x");
    }

    @Test
    void whatCanNotBeCombinedStopsIt() {
        String dir = temporary.toString();
        assertEnds(2, "-funnel works only on port 443, 8443 or 10000: choose another -port", "-funnel", "-port",
                "444", "-dir", dir);
        assertEnds(2, "-funnel can't be combined with -listen: tailscaled does the listening", "-funnel", "-listen",
                "127.0.0.1:443", "-dir", dir);
        assertEnds(2, "-advertise-tags (TS_ADVERTISE_TAGS) is for tsidp's own node: with -use-local-tailscaled, run"
                + " `tailscale up --advertise-tags` instead", "-use-local-tailscaled", "-advertise-tags", "tag:x",
                "-dir", dir);
    }

    @Test
    void withoutATailscaledThereIsNoNode() {
        assertEnds(1, "/nonexistent/tailscaled was not found: install Tailscale, name its tailscaled with -tailscaled"
                + " PATH, or add -use-local-tailscaled if one is already running", "-tailscaled",
                "/nonexistent/tailscaled", "-dir", temporary.toString());
    }

    @Test
    void helpAndVersionEndWith0() {
        assertEquals(0, run("-help"));
        TestServer.flags().forEach(flag -> assertTrue(out.toString().contains("\n  " + flag.split(" ")[0])));
        assertTrue(out.toString().contains("tsidp client add"));
        assertEquals(0, run("-h"));
        assertEquals(0, run("--version"));
        assertTrue(out.toString().matches("tsidp [0-9.]+\n"), out.toString());
        assertEquals("", err.toString());
    }

    @Test
    void aDamagedStateFileStopsItAndIsLeftAsItIs() throws Exception {
        for (String name : List.of("oidc-key.json", "oidc-funnel-clients.json", "tsidp-grants.log")) {
            Path directory = Files.createDirectory(temporary.resolve(name),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            Files.writeString(directory.resolve(name), "torn");
            Files.setPosixFilePermissions(directory.resolve(name), PosixFilePermissions.fromString("rw-------"));
            assertEquals(1, run("-use-local-tailscaled", "-dir", directory.toString()));
            assertTrue(err.toString().startsWith("tsidp: " + directory.resolve(name) + " "), err.toString());
            assertEquals(1, err.toString().lines().count(), err.toString());
            assertEquals("torn", Files.readString(directory.resolve(name)));
        }
    }

    /// The Go tsidp would use these, whatever its directory is.
    @Test
    void filesOfTheGoProgramInTheWorkingDirectoryStopIt() throws Exception {
        var home = Map.of("HOME", temporary.resolve("home").toString());
        Path configuration = temporary.resolve("home/.config/tsnet-tsidp");
        for (String name : List.of("oidc-key.json", "oidc-funnel-clients.json", "oidc-clients.json",
                "oauth-clients.json")) {
            Path here = Files.createDirectory(temporary.resolve(name + "-here"));
            Files.writeString(here.resolve(name), "{}");
            for (String[] command : new String[][] {{}, {"-use-local-tailscaled"}, {"client", "list"}}) {
                try (var child = Child.tsidpIn(here, home, command)) {
                    assertEquals(1, child.status());
                    assertEquals("tsidp: " + here.resolve(name) + " is a file of the Go tsidp, and the state directory"
                            + " is " + configuration + ": move oidc-*.json there, or name the directory of all state"
                            + " files with -dir\n", child.err());
                }
            }
        }
        assertFalse(Files.exists(configuration), "it was created");
        Path here = temporary.resolve("oidc-clients.json-here");
        try (var child = Child.tsidpIn(here, home, "client", "list", "-dir", ".")) {
            assertEquals(0, child.status(), child.err());
        }
    }

    @Test
    void aPortInUseEndsWith1() throws Exception {
        try (var tailnet = FakeTailnet.start();
                var taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            String port = "" + taken.getLocalPort();
            String free = "" + Ports.free();
            tailnet.device(true);
            String[][] uses = {{"-listen", "127.0.0.1:" + port}, {"-listen", "127.0.0.1:" + free, "-local-port", port}};
            for (String[] use : uses) {
                var arguments = new java.util.ArrayList<>(List.of("-use-local-tailscaled", "-socket",
                        tailnet.socket().toString(), "-dir", temporary.toString(), "-log", "error"));
                arguments.addAll(List.of(use));
                assertEquals(1, run(arguments.toArray(String[]::new)));
                assertEquals("tsidp: another program listens on 127.0.0.1 port " + port + ": stop it, or choose another"
                        + " -port\n", err.toString());
            }
        }
    }

    @Test
    void whereNothingProvesWhoConnectsItDoesNotListen() {
        try (var tailnet = FakeTailnet.start()) {
            for (String loopback : List.of("127.0.0.1:", "127.0.0.9:", "[::1]:")) {
                assertEquals(1, run("-use-local-tailscaled", "-socket", tailnet.socket().toString(), "-dir",
                        temporary.toString(), "-log", "error", "-listen", loopback + Ports.free()));
                assertEquals("tsidp: -listen can't be used with this tailscaled, which has no"
                        + " network device: nothing proves there who connects. Leave -listen out and run tsidp as root:"
                        + " tailscaled hands it each request and says who sent it\n", err.toString());
            }
        }
    }

    @Test
    void whileItWaitsForTailscaledItSaysSoOnceAndCanBeAskedToLeave() {
        try (var tailnet = FakeTailnet.start(); var child = Child.tsidp("-use-local-tailscaled", "-socket",
                tailnet.socket().toString(), "-dir", temporary.toString(), "-listen", "127.0.0.1:" + Ports.free())) {
            tailnet.misbehave(FakeMisbehaviour.CLOSE_AT_ONCE);
            child.awaitError("waiting for tailscaled");
            int connections = tailnet.connections();
            child.await("more questions", () -> tailnet.connections() > connections + 4);
            assertEquals(1, child.err().lines().count(), child.err());
            assertTrue(child.isAlive());
            assertEquals(0, child.terminate().status(), child.err());
        }
    }
}
