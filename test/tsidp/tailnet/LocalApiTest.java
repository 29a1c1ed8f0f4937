package tsidp.tailnet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static tsidp.fake.Await.until;

import java.io.IOException;
import java.net.BindException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tsidp.certificate.CertificatePair;
import tsidp.fake.FakeMisbehaviour;
import tsidp.fake.FakeTailnet;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.tailnet.TailnetException.Kind;

@Timeout(30)
class LocalApiTest {

    private final FakeTailnet tailnet = FakeTailnet.start();
    private final LocalApi localApi = new LocalApi(tailnet.socket());

    @AfterEach
    void stop() {
        localApi.close();
        tailnet.close();
    }

    private LocalApi impatient(int milliseconds) {
        var time = Duration.ofMillis(milliseconds);
        return new LocalApi(tailnet.socket(), time, time, time);
    }

    private static InetAddress at(String ip) {
        return InetAddress.ofLiteral(ip);
    }

    private static TailnetException fails(Kind kind, Executable question) {
        var failure = assertThrows(TailnetException.class, question);
        assertEquals(kind, failure.kind(), failure.getMessage());
        return failure;
    }

    private static void says(String words, TailnetException failure) {
        assertTrue(failure.getMessage().contains(words), failure.getMessage());
        assertFalse(failure.getMessage().contains("secret"), failure.getMessage());
    }

    // What is asked, and what it means

    @Test
    void statusSaysWhoWeAre() throws Exception {
        tailnet.dnsName("IDP.Fake-Tailnet.ts.net.");
        tailnet.addresses("100.64.0.1", "fd7a:115c:a1e0::1");
        Status status = localApi.status().requireRunning();
        assertEquals("idp.fake-tailnet.ts.net", status.dnsName());
        assertEquals(List.of(InetAddress.ofLiteral("100.64.0.1"), InetAddress.ofLiteral("fd7a:115c:a1e0::1")),
                status.addresses());
        assertEquals(Optional.empty(), status.authUrl());
        assertEquals("1.102.5-fake", status.version());
    }

    @Test
    void whoisNamesThePersonBehindAnAddress() throws Exception {
        tailnet.grant(FakeTailnet.ALICE, new JsonObject(Map.of("allow_admin_ui", JsonValue.of(true))));
        Peer alice = localApi.whois(at("100.64.0.2")).orElseThrow();
        assertEquals("alice@example.com", alice.user().loginName());
        assertEquals("Alice Example", alice.user().displayName());
        assertEquals("https://example.com/pictures/1001.png", alice.user().profilePictureUrl());
        assertEquals("alice-laptop.fake-tailnet.ts.net.", alice.node().name());
        assertEquals(1001, alice.node().user());
        assertEquals(11, alice.node().id());
        assertFalse(alice.node().tagged());
        assertTrue(alice.capabilities().getFirst().isTrue("allow_admin_ui"));
        assertEquals(List.of("100.64.0.2"), tailnet.whoisQuestions());
    }

    @Test
    void whoisTellsATaggedNode() throws Exception {
        Peer printer = localApi.whois(at("100.64.0.5")).orElseThrow();
        assertTrue(printer.node().tagged());
        assertEquals(List.of("tag:printer"), printer.node().tags());
    }

    @Test
    void whoisOfNobodyIsEmpty() throws Exception {
        assertEquals(Optional.empty(), localApi.whois(at("100.64.9.9")));
    }

    /// tailscaled without a network device answers for a loopback port whose connection had it a moment ago.
    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.0.0.2", "127.255.255.254", "::1", "::ffff:127.0.0.2"})
    void nobodyIsAskedAboutALoopbackAddress(String loopback) throws Exception {
        assertEquals(Optional.empty(), localApi.whois(at(loopback)));
        assertEquals(0, tailnet.whoisCount());
    }

    @Test
    void whoisEncodesIpv6() throws Exception {
        Peer alice = localApi.whois(at("fd7a:115c:a1e0::2")).orElseThrow();
        assertEquals("alice@example.com", alice.user().loginName());
        assertEquals(List.of("fd7a:115c:a1e0:0:0:0:0:2"), tailnet.whoisQuestions());
    }

    @Test
    void whoisUnwrapsAMappedAddress() throws Exception {
        byte[] mapped = new byte[16];
        mapped[10] = mapped[11] = (byte) 0xff;
        mapped[12] = 100;
        mapped[13] = 64;
        mapped[15] = 2;
        InetAddress remote = Inet6Address.getByAddress(null, mapped, -1);
        assertTrue(remote instanceof Inet6Address);
        assertEquals("alice@example.com", localApi.whois(remote).orElseThrow().user().loginName());
        assertEquals(List.of("100.64.0.2"), tailnet.whoisQuestions());
    }

    @Test
    void theCertificateComesWithItsKeyAndChain() throws Exception {
        CertificatePair pair = CertificatePair.of(localApi.certificate(FakeTailnet.DNS_NAME, Duration.ZERO));
        assertEquals("CN=idp.fake-tailnet.ts.net", pair.leaf().getSubjectX500Principal().getName());
        assertEquals(tailnet.certificate(), pair.chain().getLast());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a/../b", "a?b", "a b", "A.example", "a\r\nb", ".", "a."})
    void aCertificateIsOnlyAskedForAHostName(String name) {
        fails(Kind.REFUSED, () -> localApi.certificate(name, Duration.ZERO));
        assertEquals(0, tailnet.connections());
    }

    // How it answers

    @ParameterizedTest
    @EnumSource(names = {"SLOWLY", "IN_PIECES", "CHUNKED", "CHUNKED_IN_PIECES", "CLOSE_AFTERWARDS"})
    void aGoodAnswerMayComeInAnyManner(FakeMisbehaviour how) throws Exception {
        tailnet.misbehave(how);
        for (int i = 0; i < 3; i++) {
            Peer alice = localApi.whois(at("100.64.0.2")).orElseThrow();
            assertEquals("alice@example.com", alice.user().loginName());
        }
        assertEquals(3, tailnet.whoisCount());
    }

    @ParameterizedTest
    @EnumSource(names = {"TOO_LARGE", "TOO_LARGE_CHUNKED", "ENDLESS_HEADER", "GARBAGE", "NOT_HTTP"})
    void anAnswerThatIsNotOneIsRefused(FakeMisbehaviour how) throws Exception {
        tailnet.misbehave(how);
        says("can't be used", fails(Kind.BAD_ANSWER, () -> localApi.whois(at("100.64.0.2"))));
        says("can't be used", fails(Kind.BAD_ANSWER, localApi::status));
        fails(Kind.BAD_ANSWER, () -> CertificatePair.of(localApi.certificate(FakeTailnet.DNS_NAME, Duration.ZERO)));
        tailnet.behave();
        assertTrue(localApi.whois(at("100.64.0.2")).isPresent());
    }

    @ParameterizedTest
    @EnumSource(names = {"TRUNCATED", "TRUNCATED_CHUNKED", "CLOSE_AT_ONCE"})
    void aCutAnswerIsNoAnswer(FakeMisbehaviour how) throws Exception {
        assertTrue(localApi.whois(at("100.64.0.2")).isPresent());
        tailnet.misbehave(how);
        says("the connection ended before the answer to whois was complete",
                fails(Kind.NOT_ANSWERING, () -> localApi.whois(at("100.64.0.2"))));
        assertEquals(2, tailnet.whoisCount());
        tailnet.behave();
        assertTrue(localApi.whois(at("100.64.0.2")).isPresent());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "HTTP/1.1 404 Nobody\r\n\r\n{}",
        "HTTP/1.1 404 Nobody\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 404 Nobody\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "HTTP/1.1 404 Nobody\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "HTTP/1.1 404 Nobody\r\nContent-Length: +2\r\n\r\n{}",
        "HTTP/1.1 404 Nobody\r\nContent-Length: -2\r\n\r\n{}",
        "HTTP/1.1 404 Nobody\r\nContent-Length: \r\n\r\n{}",
        "HTTP/1.1 404 Nobody\r\nContent-Length: 99999999999999999999\r\n\r\n{}",
        "HTTP/1.1 404 Nobody\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{}\r\n0\r\n\r\n",
        "HTTP/1.1 404 Nobody\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n",
        "HTTP/1.1 404 Nobody\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
        "HTTP/1.1 404 Nobody\r\nTransfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n",
        "HTTP/1.1 404 Nobody\r\nno colon\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 100 Continue\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 4040 Nobody\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.0 404 Nobody\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 404 Nobody\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 404 Nobody\r\nContent-Length: 4294967298\r\n\r\n{}",
        "HTTP/1.1 404 Nobody\r\nTransfer-Encoding: chunked\r\n\r\n100000002\r\n{}\r\n0\r\n\r\n",
        "HTTP/1.1 404Nobody\r\nContent-Length: 2\r\n\r\n{}",
    })
    // Each would be "nobody" if it were believed.
    void anIllFormedAnswerIsRefused(String answer) {
        tailnet.answerRaw(answer);
        try (LocalApi impatient = impatient(500)) {
            fails(Kind.BAD_ANSWER, () -> impatient.whois(at("100.64.0.2")));
        }
    }

    @Test
    void bytesBehindAnAnswerAreNotTheNextAnswer() throws Exception {
        String empty = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
        tailnet.answerRaw(empty + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
        assertEquals(Optional.empty(), localApi.whois(at("100.64.0.3")));
        tailnet.behave();
        assertEquals("alice@example.com", localApi.whois(at("100.64.0.2")).orElseThrow().user().loginName());
    }

    @Test
    void anotherStatusIsARefusalWithItsReason() {
        tailnet.misbehave(FakeMisbehaviour.ERROR_500);
        var failure = fails(Kind.REFUSED, () -> localApi.whois(at("100.64.0.2")));
        assertEquals("tailscaled answered whois with status 500: no luck today", failure.getMessage());
        tailnet.behave();
        says("invalid domain", fails(Kind.REFUSED, () -> localApi.certificate("other.example.com", Duration.ZERO)));
    }

    @Test
    void aLateAnswerIsNotAwaited() throws Exception {
        tailnet.misbehave(FakeMisbehaviour.NEVER_ANSWER);
        try (LocalApi impatient = impatient(500)) {
            says("no answer to whois within 500 ms",
                    fails(Kind.NOT_ANSWERING, () -> impatient.whois(at("100.64.0.2"))));
            says("no answer to status within 500 ms", fails(Kind.NOT_ANSWERING, impatient::status));
            fails(Kind.NOT_ANSWERING, () -> impatient.certificate(FakeTailnet.DNS_NAME, Duration.ZERO));
            tailnet.behave();
            assertTrue(impatient.whois(at("100.64.0.2")).isPresent());
        }
    }

    @Test
    void aLateAnswerIsNotAwaitedOnAVirtualThreadEither() throws Exception {
        tailnet.misbehave(FakeMisbehaviour.NEVER_ANSWER);
        try (LocalApi impatient = impatient(100); var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var failure = assertThrows(ExecutionException.class,
                    threads.submit(() -> impatient.whois(at("100.64.0.2")))::get);
            assertEquals(Kind.NOT_ANSWERING, ((TailnetException) failure.getCause()).kind());
        }
    }

    @Test
    void anAnswerThatTricklesIsLateToo() {
        tailnet.misbehave(FakeMisbehaviour.TRICKLING);
        try (LocalApi impatient = impatient(200)) {
            says("within 200 ms", fails(Kind.NOT_ANSWERING, () -> impatient.whois(at("100.64.0.2"))));
        }
    }

    @Test
    void theAnswerToAGivenUpQuestionReachesNobody() throws Exception {
        try (LocalApi impatient = impatient(500)) {
            assertTrue(impatient.whois(at("100.64.0.3")).isPresent());
            tailnet.misbehave(FakeMisbehaviour.SLOWLY);
            fails(Kind.NOT_ANSWERING, () -> impatient.whois(at("100.64.0.3")));
            assertEquals(2, tailnet.whoisCount(), "a late question is not asked again");
            tailnet.behave();
            // Until the late one is there as well.
            for (int asked = 0; tailnet.answers() < 2 + asked; asked++) {
                assertEquals("alice@example.com", impatient.whois(at("100.64.0.2")).orElseThrow().user().loginName());
                Thread.sleep(10);
            }
            assertEquals("alice@example.com", impatient.whois(at("100.64.0.2")).orElseThrow().user().loginName());
        }
    }

    // The socket

    @Test
    void aMissingSocketIsNamed(@TempDir Path directory) {
        Path missing = directory.resolve("no.sock");
        try (var nowhere = new LocalApi(missing)) {
            var failure = fails(Kind.SOCKET_MISSING, nowhere::status);
            assertEquals("tailscaled's socket " + missing
                    + " does not exist: is tailscaled running? (-socket names another path)", failure.getMessage());
        }
    }

    @Test
    void aSocketWithoutListenerIsNamed() {
        tailnet.stop();
        says("nothing is listening on tailscaled's socket " + tailnet.socket(),
                fails(Kind.NOT_ANSWERING, localApi::status));
    }

    @Test
    void aFileThatIsNoSocketIsNamed(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "secret");
        try (var wrong = new LocalApi(file)) {
            says("nothing is listening on tailscaled's socket " + file, fails(Kind.NOT_ANSWERING, wrong::status));
        }
    }

    @Test
    void aPathTooLongForASocketIsNamed() {
        try (var wrong = new LocalApi(Path.of("/tmp/" + "x".repeat(200)))) {
            assertThrows(TailnetException.class, wrong::status);
        }
    }

    /// Root may open any socket, so the operating system's refusal (EACCES) is played here.
    @Test
    void aSocketThatWeMayNotOpenIsNamed() {
        try (var socket = new LocalSocket(tailnet.socket(), Duration.ofSeconds(1))) {
            var failure = socket.explainConnect(new BindException("Permission denied"));
            assertEquals(Kind.PERMISSION_DENIED, failure.kind());
            says("this user may not open tailscaled's socket " + tailnet.socket(), failure);
            says("tailscale set --operator=USER", failure);
        }
    }

    @Test
    void tailscaledsRefusalSaysWhatToDo() throws Exception {
        tailnet.misbehave(FakeMisbehaviour.FORBIDDEN_403);
        assertEquals("tailscaled refuses whois to this user: run tsidp as root or as tailscaled's operator"
                + " (tailscale set --operator=USER)",
                fails(Kind.PERMISSION_DENIED, () -> localApi.whois(at("100.64.0.2"))).getMessage());
        fails(Kind.PERMISSION_DENIED, localApi::status);
        tailnet.behave();
        localApi.status();
    }

    @Test
    void aClosedLocalApiAsksNothing() {
        localApi.close();
        fails(Kind.NOT_ANSWERING, localApi::status);
    }

    @Test
    void closingEndsAQuestionUnderWay() throws Exception {
        tailnet.misbehave(FakeMisbehaviour.NEVER_ANSWER);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Status> status = threads.submit(localApi::status);
            while (tailnet.connections() == 0) {
                Thread.sleep(5);
            }
            localApi.close();
            assertThrows(ExecutionException.class, status::get);
        }
    }

    // Connections

    /// Bytes behind an answer can't be taken for the answer to another question, about somebody else.
    @Test
    void eachQuestionHasAConnectionOfItsOwnWhichIsClosed() throws Exception {
        for (int i = 0; i < 100; i++) {
            localApi.whois(at("100.64.0.2"));
            localApi.status();
        }
        assertEquals(200, tailnet.connections());
        until(() -> tailnet.openConnections() == 0);
        assertEquals(0, tailnet.openConnections());
    }

    @Test
    void aRestartedTailscaledIsFoundAgain() throws Exception {
        for (int i = 0; i < 5; i++) {
            askManyAtOnce(40);
            tailnet.stop();
            fails(Kind.NOT_ANSWERING, () -> localApi.whois(at("100.64.0.2")));
            tailnet.restart();
            assertTrue(localApi.whois(at("100.64.0.2")).isPresent());
        }
    }

    @Test
    void aRestartBetweenTwoQuestionsIsNotNoticed() throws Exception {
        askManyAtOnce(40);
        for (int i = 0; i < 5; i++) {
            tailnet.stop();
            tailnet.restart();
            assertTrue(localApi.whois(at("100.64.0.2")).isPresent());
            askManyAtOnce(40);
        }
    }

    @Test
    void twoHundredThreadsEachGetTheirOwnAnswer() throws Exception {
        for (FakeMisbehaviour how : List.of(FakeMisbehaviour.NONE, FakeMisbehaviour.CHUNKED)) {
            tailnet.misbehave(how);
            askManyAtOnce(200);
        }
        assertEquals(400, tailnet.whoisCount());
    }

    private void askManyAtOnce(int threads) throws Exception {
        List<String> people = List.of("alice@example.com", "bob@example.com", "carol@github");
        var questions = new ArrayList<Callable<String>>();
        for (int i = 0; i < threads; i++) {
            var remote = at("100.64.0." + (2 + i % 3));
            questions.add(() -> localApi.whois(remote).orElseThrow().user().loginName());
        }
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> answers = executor.invokeAll(questions);
            for (int i = 0; i < threads; i++) {
                assertEquals(people.get(i % 3), answers.get(i).get());
            }
        }
    }

    @Test
    void strangersMayNotPileUpQuestions() throws Exception {
        tailnet.strangersWait();
        var patience = Duration.ofSeconds(30);
        try (var busy = new LocalApi(tailnet.socket(), patience, patience, Duration.ofMillis(100));
                var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            var answers = new ArrayList<Future<Optional<Peer>>>();
            for (int i = 0; i < LocalApi.MAX_WHOIS; i++) {
                answers.add(executor.submit(() -> busy.whois(at("100.64.9.9"))));
            }
            while (tailnet.whoisCount() < LocalApi.MAX_WHOIS) {
                Thread.sleep(5);
            }
            for (String remote : List.of("100.64.9.9", "100.64.0.2")) {
                says("too many concurrent whois questions: 32", fails(Kind.BUSY, () -> busy.whois(at(remote))));
            }
            tailnet.strangersGoOn();
            for (Future<Optional<Peer>> answer : answers) {
                assertEquals(Optional.empty(), answer.get());
            }
            assertEquals(LocalApi.MAX_WHOIS, tailnet.whoisCount());
            assertTrue(busy.whois(at("100.64.0.2")).isPresent(), "the permits came back");
        }
    }
}
