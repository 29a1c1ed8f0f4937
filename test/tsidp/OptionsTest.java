package tsidp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tsidp.log.Level;
import tsidp.log.Log;
import tsidp.node.NodeSettings;

class OptionsTest {

    private static Options parse(String... arguments) throws UsageException {
        return Options.parse(List.of(arguments), Map.of());
    }

    private static String fault(String... arguments) {
        return assertThrows(UsageException.class, () -> parse(arguments)).getMessage();
    }

    @Test
    void withoutAnythingTheDefaultsAreTheGoPrograms() throws UsageException {
        Options options = parse();
        assertEquals("idp", options.text(Flag.HOSTNAME));
        assertEquals(443, options.issuerPort());
        assertEquals(-1, options.number(Flag.LOCAL_PORT));
        assertEquals(Level.INFO, options.level());
        assertEquals(Log.Format.LOGFMT, options.logFormat());
        assertEquals("/var/run/tailscale/tailscaled.sock", options.text(Flag.SOCKET));
        assertEquals(Optional.empty(), options.listen());
        for (Flag flag : List.of(Flag.USE_LOCAL_TAILSCALED, Flag.FUNNEL, Flag.ENABLE_STS, Flag.DEBUG_ALL_REQUESTS,
                Flag.DEBUG_TSNET, Flag.VERSION, Flag.HELP)) {
            assertFalse(options.isOn(flag), flag.toString());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-port 8443", "--port 8443", "-port=8443", "--port=8443", "-port +8443", "-port 0x20fb",
        "-port 0X20FB", "-port 0b10000011111011", "-port 0o20373", "-port 020373", "-port 1 -port 8443",
        "-port 8443 --", "-funnel -port 8443"})
    void aNumberIsReadAsGoReadsIt(String line) throws UsageException {
        assertEquals(8443, parse(line.split(" ")).issuerPort());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "8443x", "8443 ", "1.0", "1e3", "0x", "0b2", "08", "99999999999", "\u0663", "+-5",
        "--5", "-", "+", "0x-1"})
    void whatGoDoesNotReadIsRefused(String value) {
        assertEquals("-port has the value \"" + value + "\": it must be a whole number", fault("-port=" + value));
    }

    @ParameterizedTest
    @CsvSource({"-funnel,true", "--funnel,true", "-funnel=1,true", "-funnel=t,true", "-funnel=T,true",
        "-funnel=true,true", "-funnel=TRUE,true", "-funnel=True,true", "-funnel=0,false", "-funnel=f,false",
        "-funnel=F,false", "-funnel=false,false", "-funnel=FALSE,false", "-funnel=False,false",
        "-funnel -funnel=false,false"})
    void aSwitchIsReadAsGoReadsIt(String line, boolean isOn) throws UsageException {
        assertEquals(isOn, parse(line.split(" ")).isOn(Flag.FUNNEL));
    }

    @Test
    void aSwitchTakesNoSeparateValue() {
        assertEquals("unexpected argument \"true\": see tsidp -help", fault("-funnel", "true"));
        assertEquals("-funnel has the value \"yes\": it must be true or false", fault("-funnel=yes"));
        assertEquals("-funnel has the value \"\": it must be true or false", fault("-funnel="));
    }

    @Test
    void aTextMayBeEmptyOrHoldAnything() throws UsageException {
        assertEquals("a=b", parse("-hostname=a=b").text(Flag.HOSTNAME));
        assertEquals("-port", parse("-hostname", "-port").text(Flag.HOSTNAME));
        assertEquals("", parse("-tailscaled=").text(Flag.TAILSCALED));
    }

    @Test
    void whatCanNotBeUnderstoodIsNamed() {
        assertEquals("there is no flag -prot: see tsidp -help", fault("-prot", "1"));
        assertEquals("there is no flag -PORT: see tsidp -help", fault("-PORT", "1"));
        assertEquals("there is no flag --port: see tsidp -help", fault("---port", "1"));
        assertEquals("there is no flag -: see tsidp -help", fault("-=1"));
        assertEquals("-port needs a value", fault("-port"));
        assertEquals("unexpected argument \"serve\": see tsidp -help", fault("serve"));
        assertEquals("unexpected argument \"-\": see tsidp -help", fault("-"));
        assertEquals("unexpected argument \"-port\": see tsidp -help", fault("--", "-port", "1"));
        assertEquals("-log must be debug, info, warn or error", fault("-log", "INFO"));
        assertEquals("-log-format must be logfmt or json", fault("-log-format", "xml"));
        assertEquals("-port must be from 1 to 65535", fault("-port", "0"));
        assertEquals("-port must be from 1 to 65535", fault("-port", "65536"));
        assertEquals("-local-port must be from 1 to 65535, or -1 for none", fault("-local-port=0"));
    }

    @Test
    void theCommandLineCountsMoreThanTheEnvironment() throws UsageException {
        var environment = Map.of("TSIDP_PORT", "1", "TS_HOSTNAME", "env", "TSIDP_USE_FUNNEL", "true", "TSIDP_LOG",
                "debug", "TS_STATE_DIR", "/state", "TAILSCALE_USE_WIP_CODE", "1", "TSIDP_LOCAL_PORT", "");
        Options options = Options.parse(List.of("-port", "2", "-funnel=false"), environment);
        assertEquals(2, options.issuerPort());
        assertEquals("env", options.text(Flag.HOSTNAME));
        assertFalse(options.isOn(Flag.FUNNEL));
        assertEquals(Level.DEBUG, options.level());
        assertEquals(Path.of("/state"), options.directory());
        assertEquals(-1, options.number(Flag.LOCAL_PORT));
    }

    /// A command line can be read by every account of the machine.
    @Test
    void theKeysAreInTheEnvironmentAlone() throws UsageException {
        assertEquals(new NodeSettings("idp", List.of(), "", "", false), parse().node());
        var environment = Map.of("TS_AUTHKEY", "tskey-auth-a", "TS_AUTH_KEY", "tskey-auth-b", "TS_CONTROL_URL",
                "https://control.example.com", "TSNET_FORCE_LOGIN", "1");
        assertEquals(new NodeSettings("idp", List.of(), "https://control.example.com", "tskey-auth-a", true),
                Options.parse(List.of(), environment).node());
        assertEquals("tskey-auth-b", Options.parse(List.of(), Map.of("TS_AUTH_KEY", "tskey-auth-b")).node().key());
        assertEquals(List.of("-authkey-file TS_AUTHKEY_FILE"), TestServer.flags().stream()
                .filter(flag -> flag.contains("AUTH")).toList());
    }

    private static String key(Map<String, String> environment) throws Exception {
        return Options.parse(List.of(), environment).node(fault -> {
            throw new AssertionError(fault);
        }).key();
    }

    @Test
    void aKeyCanBeInAFile(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("key");
        var named = Map.of("TS_AUTHKEY_FILE", file.toString());
        Files.writeString(file, "\n tskey-auth-a \n");
        assertEquals("tskey-auth-a", key(named));
        assertEquals("", Options.parse(List.of(), named).node().key());
        assertEquals("tskey-auth-a", Options.parse(List.of("-authkey-file", file.toString()), Map.of())
                .node(_ -> { }).key());
        for (String variable : List.of("TS_AUTHKEY", "TS_AUTH_KEY")) {
            assertEquals("TS_AUTHKEY and -authkey-file (TS_AUTHKEY_FILE) are both set: remove one",
                    assertThrows(IOException.class, () -> key(Map.of("TS_AUTHKEY_FILE", file.toString(), variable,
                            "tskey-auth-b"))).getMessage());
        }
        for (String none : List.of("", " \n", "k".repeat(5000))) {
            Files.writeString(file, none);
            assertEquals("the file " + file + " has no auth key",
                    assertThrows(IOException.class, () -> key(named)).getMessage());
        }
        assertThrows(IOException.class, () -> key(Map.of("TS_AUTHKEY_FILE", directory.toString())));
        Files.writeString(file, "tskey-client-a");
        assertThrows(UsageException.class, () -> key(named));
        Files.delete(file);
        var warnings = new ArrayList<String>();
        assertEquals("", Options.parse(List.of(), named).node(warnings::add).key());
        assertEquals(List.of("the file " + file + " does not exist: going on without an auth key"), warnings);
    }

    @ParameterizedTest
    @CsvSource({"1,true", "t,true", "True,true", "yes,true", "YES,true", "on,true", "On,true", "0,false", "F,false",
        "no,false", "No,false", "off,false", "OFF,false"})
    void inTheEnvironmentASwitchMayBeAWord(String value, boolean isOn) throws UsageException {
        var environment = Map.of("TSIDP_ENABLE_STS", value, "TSIDP_USE_FUNNEL", value, "TSNET_FORCE_LOGIN", value);
        Options options = Options.parse(List.of(), environment);
        assertEquals(List.of(isOn, isOn, isOn), List.of(options.isOn(Flag.ENABLE_STS), options.isOn(Flag.FUNNEL),
                options.node().forcesLogin()));
        for (String variable : environment.keySet()) {
            assertEquals("the environment variable " + variable + " has the value \"maybe\": it must be true or false",
                    assertThrows(UsageException.class, () -> Options.parse(List.of(), Map.of(variable, "maybe")))
                            .getMessage());
        }
    }

    @Test
    void aFaultOfTheEnvironmentNamesTheVariable() {
        assertEquals("the environment variable TSIDP_PORT has the value \"x\": it must be a whole number",
                assertThrows(UsageException.class, () -> Options.parse(List.of(), Map.of("TSIDP_PORT", "x")))
                        .getMessage());
    }

    @Test
    void everyFlagHasTheGoProgramsNameAndVariable() {
        assertTrue(TestServer.flags().containsAll(List.of("-dir TS_STATE_DIR", "-hostname TS_HOSTNAME",
                "-port TSIDP_PORT", "-local-port TSIDP_LOCAL_PORT", "-use-local-tailscaled TSIDP_USE_LOCAL_TAILSCALED",
                "-funnel TSIDP_USE_FUNNEL", "-enable-sts TSIDP_ENABLE_STS", "-log TSIDP_LOG",
                "-debug-all-requests TSIDP_DEBUG_ALL_REQUESTS", "-debug-tsnet TSIDP_DEBUG_TSNET",
                "-advertise-tags TS_ADVERTISE_TAGS", "-socket TS_SOCKET")));
    }

    @Test
    void listenIsAnAddressAndAPort() throws UsageException {
        assertEquals(Optional.of(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 8443)),
                parse("-use-local-tailscaled", "-listen", "127.0.0.1:8443").listen());
        assertEquals(Optional.of(new InetSocketAddress(InetAddress.ofLiteral("::1"), 443)),
                parse("-use-local-tailscaled", "-listen", "[::1]:443").listen());
        assertEquals(8443, parse("-use-local-tailscaled", "-listen", "127.0.0.1:8443").issuerPort());
        assertEquals(443, parse("-use-local-tailscaled", "-listen", "127.0.0.1:8443", "-port", "443").issuerPort());
        for (String bad : List.of("8443", ":8443", "localhost:8443", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0",
                "127.0.0.1:65536", "127.0.0.1:x", "example.com:443")) {
            assertEquals("-listen has the value \"" + bad + "\": it must be an IP address and a port, as in"
                    + " 127.0.0.1:443", fault("-listen", bad));
        }
        assertEquals("-listen needs -use-local-tailscaled: the tailscaled of tsidp's own node does the listening",
                fault("-listen", "127.0.0.1:8443"));
    }

    @Test
    void theDirectoryIsTheGoProgramsUnlessOneIsGiven() throws UsageException {
        assertEquals(Path.of("/home/me/.config/tsnet-tsidp"),
                Options.parse(List.of(), Map.of("HOME", "/home/me")).directory());
        assertEquals(Path.of("/config/tsnet-tsidp"), Options.parse(List.of(), Map.of("HOME", "/home/me",
                "XDG_CONFIG_HOME", "/config")).directory());
        assertEquals(Path.of("/x"), Options.parse(List.of("-dir", "/x"), Map.of("TS_STATE_DIR", "/y")).directory());
    }
}
