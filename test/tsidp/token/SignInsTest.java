package tsidp.token;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.function.BiPredicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tsidp.client.Clients;
import tsidp.client.Registrations;
import tsidp.fake.MovableClock;
import tsidp.json.JsonObject;
import tsidp.person.People;
import tsidp.person.Person;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Refusal;
import tsidp.protocol.Scopes;
import tsidp.protocol.Secrets;
import tsidp.store.Budget;
import tsidp.store.Entry;
import tsidp.store.LocalStore;
import tsidp.store.StateDirectory;
import tsidp.store.SteadyClock;
import tsidp.store.StoreException;
import tsidp.token.Consents.Consent;

@Timeout(60)
class SignInsTest {

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Budget BUDGET = new Budget(1 << 30, _ -> { });
    private static final Duration DAY = Duration.ofDays(1);

    @TempDir
    private Path temporary;

    private final MovableClock clock = new MovableClock(Instant.parse("2026-11-24T10:00:00Z"));
    private final SteadyClock steady = SteadyClock.of(clock);
    private final Secrets secrets = new Secrets(new SecureRandom());
    private final Set<String> clients = new HashSet<>(Set.of("app", "other"));
    private StateDirectory directory;
    private LocalStore store;
    private Codes codes;
    private SignIns signIns;

    @BeforeEach
    void open() throws Exception {
        directory = StateDirectory.open(temporary);
        open((_, client) -> clients.contains(client), BUDGET);
    }

    private void open(BiPredicate<String, String> isAuthorized, Budget budget) {
        store = new LocalStore(directory, steady, budget.warnings());
        codes = new Codes(store, secrets, steady, budget);
        signIns = new SignIns(store, secrets, steady, isAuthorized,
                client -> clients.contains(client) || !Set.of("app", "other").contains(client), budget);
    }

    @AfterEach
    void close() {
        store.close();
        directory.close();
    }

    private void restart() throws Exception {
        close();
        open();
    }

    private String code(Person person, String clientId) {
        return codes.give(Requests.by(person, clientId, List.of(), ""));
    }

    private Entry<AuthorizationCode> given(String code) {
        return codes.find(code).orElseThrow();
    }

    private Given opened(Entry<AuthorizationCode> code, List<String> resources) throws Refusal, StoreException {
        return Given.of(issued(code, resources));
    }

    private SignIns.Issued issued(Entry<AuthorizationCode> code, List<String> resources) throws Refusal {
        return signIns.open(codes, code, resources);
    }

    /// Whether the second use of a code ended what the first one gave.
    private boolean endsByASecondUse(String code, String clientId) {
        Refusal refusal = assertThrows(Refusal.class, () -> signIns.refuseSecondUse(Codes.signInId(code), clientId));
        assertEquals(OAuthError.INVALID_GRANT, refusal.error());
        return !refusal.detail().isEmpty();
    }

    private Given login(Person person, String clientId) throws Refusal, StoreException {
        Given issued = opened(given(code(person, clientId)), List.of());
        return issued;
    }

    private Given login() throws Refusal, StoreException {
        return login(People.alice(), "app");
    }

    private Given refresh(String token) throws Refusal, StoreException {
        return refresh(token, "app", List.of());
    }

    private Given refresh(String token, String clientId, List<String> resources) throws Refusal {
        return Given.of(signIns.refresh(signIns.ofRefreshToken(token, clientId, true), token, true,
                Scopes.requested(Optional.of("openid")), resources));
    }

    private void assertRefused(String refreshToken) {
        assertEquals(OAuthError.INVALID_GRANT, assertThrows(Refusal.class, () -> refresh(refreshToken)).error());
    }

    private boolean isGood(String accessToken) {
        return signIns.accessToken(accessToken).isPresent();
    }

    @Test
    void tokensOfALoginAreGoodAndTellWhose() throws Exception {
        Given issued = login();
        SignIns.Held held = signIns.accessToken(issued.accessTokenText()).orElseThrow();
        assertEquals(People.alice(), held.signIn().person());
        assertEquals("app", held.signIn().clientId());
        assertEquals("openid email profile", held.accessToken().scopes().toString());
        assertEquals(65, issued.accessTokenText().length());
        assertEquals(65, issued.refreshTokenText().length());
    }

    @Test
    void oneTokenIsNeverTheOther() throws Exception {
        Given issued = login();
        assertFalse(isGood(issued.refreshTokenText()));
        assertRefused(issued.accessTokenText());
    }

    @Test
    void aTokenWithOneCharacterChangedIsWorthNothing() throws Exception {
        String token = login().accessTokenText();
        for (int i = 0; i < token.length(); i++) {
            char other = token.charAt(i) == 'A' ? 'B' : 'A';
            assertFalse(isGood(token.substring(0, i) + other + token.substring(i + 1)), "character " + i);
        }
        for (String bad : List.of("", token.substring(1), token + "A", " " + token, "\ud800".repeat(65))) {
            assertFalse(isGood(bad));
            assertRefused(bad);
        }
        assertTrue(isGood(token));
    }

    @Test
    void aRefreshTokenWorksOnceAndIsFollowed() throws Exception {
        String first = login().refreshTokenText();
        String second = refresh(first).refreshTokenText();
        assertNotEquals(first, second);
        clock.pass(SECOND.multipliedBy(61));
        String third = refresh(second).refreshTokenText();
        assertNotEquals(second, third);
        assertTrue(isGood(refresh(third).accessTokenText()));
    }

    @Test
    void aRetryWithinAMinuteGetsTheSameSuccessor() throws Exception {
        String first = login().refreshTokenText();
        Given once = refresh(first);
        clock.pass(SECOND.multipliedBy(59));
        Given again = refresh(first);
        assertEquals(once.refreshTokenText(), again.refreshTokenText());
        assertNotEquals(once.accessTokenText(), again.accessTokenText());
        assertTrue(isGood(once.accessTokenText()));
        assertTrue(isGood(again.accessTokenText()));
        refresh(again.refreshTokenText());
    }

    @Test
    void aRetryStillGetsItWhenTheSuccessorWasUsed() throws Exception {
        String first = login().refreshTokenText();
        String second = refresh(first).refreshTokenText();
        String third = refresh(second).refreshTokenText();
        assertEquals(second, refresh(first).refreshTokenText());
        assertEquals(third, refresh(second).refreshTokenText());
        refresh(third);
    }

    @Test
    void aReplayAfterAMinuteEndsTheFamily() throws Exception {
        String first = login().refreshTokenText();
        Given second = refresh(first);
        clock.pass(SECOND.multipliedBy(60));
        assertRefused(first);
        assertRefused(second.refreshTokenText());
        assertFalse(isGood(second.accessTokenText()));
        restart();
        assertRefused(second.refreshTokenText());
        assertFalse(isGood(second.accessTokenText()));
    }

    @Test
    void aReplayLongAfterEndsTheFamilyToo() throws Exception {
        String first = login().refreshTokenText();
        String latest = refresh(first).refreshTokenText();
        for (int i = 0; i < 40; i++) {
            clock.pass(SECOND.multipliedBy(90));
            latest = refresh(latest).refreshTokenText();
        }
        restart();
        assertRefused(first);
        assertRefused(latest);
    }

    @Test
    void aReplayEndsNobodyElsesLogin() throws Exception {
        Given bobs = login(People.bob(), "app");
        Given others = login();
        String first = login().refreshTokenText();
        refresh(first);
        clock.pass(SECOND.multipliedBy(61));
        assertRefused(first);
        refresh(bobs.refreshTokenText());
        refresh(others.refreshTokenText());
    }

    private Given reuse(String token) throws Refusal, StoreException {
        return Given.of(signIns.refresh(signIns.ofRefreshToken(token, "app", false), token, false,
                Scopes.requested(Optional.of("openid")), List.of()));
    }

    /// As at processes of one client that start at different times.
    @Test
    void aTokenThatDoesNotRotateIsGivenBackAsOftenAsItIsUsed() throws Exception {
        String token = login().refreshTokenText();
        for (int i = 0; i < 3; i++) {
            clock.pass(DAY.multipliedBy(20));
            Given again = reuse(token);
            assertEquals(token, again.refreshTokenText());
            assertTrue(isGood(again.accessTokenText()));
            restart();
        }
        clock.pass(DAY.multipliedBy(30));
        assertThrows(Refusal.class, () -> reuse(token));
    }

    /// Spent while the client's tokens rotated, or never given: the client has proved itself, so that nobody stole it.
    @Test
    void whereTokensDoNotRotateOneThatIsNotCurrentEndsNothing() throws Exception {
        String first = login().refreshTokenText();
        String second = refresh(first).refreshTokenText();
        assertEquals(second, reuse(first).refreshTokenText(), "a retry");
        clock.pass(SECOND.multipliedBy(61));
        assertThrows(Refusal.class, () -> reuse(first));
        assertThrows(Refusal.class, () -> reuse(first.substring(0, 22) + "A".repeat(43)));
        assertEquals(second, reuse(second).refreshTokenText());
        assertNotEquals(second, refresh(second).refreshTokenText(), "the client asks for rotation now");
    }

    @Test
    void anotherClientsRefreshTokenIsRefusedAndStaysGood() throws Exception {
        String token = login(People.alice(), "other").refreshTokenText();
        assertRefused(token);
        String next = refresh(token, "other", List.of()).refreshTokenText();
        // A replay by a client that it was never given to ends nothing.
        clock.pass(SECOND.multipliedBy(61));
        assertRefused(token);
        refresh(next, "other", List.of());
    }

    @Test
    void everythingIsStillThereAfterARestart() throws Exception {
        Given login = login();
        String retried = login(People.bob(), "app").refreshTokenText();
        String successor = refresh(retried).refreshTokenText();
        restart();
        assertTrue(isGood(login.accessTokenText()));
        assertEquals(People.alice(), signIns.accessToken(login.accessTokenText()).orElseThrow().signIn().person());
        assertEquals(successor, refresh(retried).refreshTokenText());
        refresh(successor);
        String next = refresh(login.refreshTokenText()).refreshTokenText();
        clock.pass(SECOND.multipliedBy(61));
        restart();
        assertRefused(login.refreshTokenText());
        assertRefused(next);
    }

    @Test
    void aCodeThatComesTwiceEndsWhatItGave() throws Exception {
        String code = code(People.alice(), "app");
        Given issued = opened(given(code), List.of());
        assertFalse(endsByASecondUse(code, "other"));
        assertTrue(isGood(issued.accessTokenText()));
        restart();
        assertTrue(endsByASecondUse(code, "app"));
        assertFalse(isGood(issued.accessTokenText()));
        assertRefused(issued.refreshTokenText());
        assertFalse(endsByASecondUse(code, "app"));
        restart();
        assertFalse(isGood(issued.accessTokenText()));
    }

    @Test
    void aCodeThatComesTwiceAtOnceGivesTokensToOneAndEndsThem() throws Exception {
        String code = code(People.alice(), "app");
        Entry<AuthorizationCode> first = given(code);
        Entry<AuthorizationCode> second = given(code);
        Given issued = opened(first, List.of());
        assertEquals(OAuthError.INVALID_GRANT,
                assertThrows(Refusal.class, () -> opened(second, List.of())).error());
        assertFalse(isGood(issued.accessTokenText()));
        assertRefused(issued.refreshTokenText());
    }

    @Test
    void anotherClientsTryDoesNotKeepAGrantFromBeingOpened() throws Exception {
        String code = code(People.alice(), "app");
        Entry<AuthorizationCode> first = given(code);
        assertFalse(endsByASecondUse(code, "other"));
        assertTrue(isGood(opened(first, List.of()).accessTokenText()));
    }

    @Test
    void aClientThatIsRemovedBeforeItsGrantIsOpenedGetsNone() {
        Entry<AuthorizationCode> first = given(code(People.alice(), "app"));
        Entry<AuthorizationCode> others = given(code(People.alice(), "other"));
        codes.remove((_, client) -> client.equals("app"));
        assertThrows(Refusal.class, () -> opened(first, List.of()));
        assertDoesNotThrow(() -> opened(others, List.of()));
    }

    @Test
    void tokensExpire() throws Exception {
        Given issued = login();
        clock.pass(SignIns.ACCESS_TOKEN_LIFETIME.minus(SECOND));
        assertTrue(isGood(issued.accessTokenText()));
        clock.pass(SECOND);
        assertFalse(isGood(issued.accessTokenText()));
        clock.pass(DAY.multipliedBy(30).minus(SignIns.ACCESS_TOKEN_LIFETIME).minus(SECOND));
        String next = refresh(issued.refreshTokenText()).refreshTokenText();
        clock.pass(DAY.multipliedBy(30));
        assertRefused(next);
        restart();
        assertRefused(next);
    }

    @Test
    void aRemovedClientsTokensDie() throws Exception {
        Given removed = login();
        Given others = login(People.alice(), "other");
        signIns.end(signIn -> signIn.clientId().equals("app"), "it is over");
        assertFalse(isGood(removed.accessTokenText()));
        assertTrue(isGood(others.accessTokenText()));
        restart();
        assertFalse(isGood(removed.accessTokenText()));
        // Only the client file says so: the ledger still has the sign-in.
        clients.remove("other");
        assertFalse(isGood(others.accessTokenText()));
        assertThrows(Refusal.class, () -> signIns.ofRefreshToken(others.refreshTokenText(), "other", true));
        restart();
        assertFalse(isGood(others.accessTokenText()));
    }

    @Test
    void aPersonsOldestLoginAtAClientGivesWay() throws Exception {
        Given bobs = login(People.bob(), "app");
        Given others = login(People.alice(), "other");
        Given first = login();
        Given second = login();
        for (int i = 0; i < 18; i++) {
            login();
        }
        assertTrue(isGood(first.accessTokenText()));
        // A sign-in that was used again is no longer the oldest.
        String used = refresh(first.refreshTokenText()).refreshTokenText();
        login();
        assertFalse(isGood(second.accessTokenText()));
        assertTrue(isGood(bobs.accessTokenText()));
        assertTrue(isGood(others.accessTokenText()));
        restart();
        assertFalse(isGood(second.accessTokenText()));
        refresh(used);
    }

    @Test
    void thereIsALimitForAll() throws Exception {
        Given first = login(People.person("p0@example.com", 10), "app");
        for (int i = 1; i <= 12_000; i++) {
            Person person = People.person("p" + i % 400 + "@example.com", 10 + i % 400);
            String client = i % 2 == 0 ? "app" : "other";
            issued(given(code(person, client)), List.of());
        }
        assertFalse(isGood(first.accessTokenText()));
        assertTrue(isGood(login().accessTokenText()));
    }

    private static List<String> longResources(int number) {
        var resources = new ArrayList<String>();
        for (int i = 0; i < 16; i++) {
            resources.add("https://r" + i + ".example/" + number + "x".repeat(480));
        }
        return resources;
    }

    private void reopen(Budget budget) throws StoreException {
        store.close();
        open((_, _) -> true, budget);
    }

    /// What was dropped is removed from the file too: its client was told that all its tokens are revoked.
    @Test
    void whatGaveWayAndWasRevokedDoesNotComeBackAtAStart() throws Exception {
        var small = new Budget(4 * 8 * 4096L, _ -> { });
        reopen(small);
        Given first = login(People.alice(), "app");
        for (int i = 0; i < 5; i++) {
            login(People.alice(), "other");
        }
        assertFalse(isGood(first.accessTokenText()));
        signIns.end(signIn -> signIn.clientId().equals("app"), "it is over");
        store.close();
        open((_, client) -> client.equals("app"), small);
        assertFalse(isGood(first.accessTokenText()));
    }

    /// The directory is where the new file would be written.
    @Test
    void whatGaveWayAndWasRevokedDoesNotComeBackWhereTheDiskFails() throws Exception {
        reopen(new Budget(4 * 8 * 4096L, _ -> { }));
        Given first = login(People.alice(), "app");
        Files.createDirectories(temporary.resolve("tsidp-grants.log.new/full"));
        synchronized (store) {
            store.followClock();
            for (int i = 0; i < 5; i++) {
                issued(given(code(People.alice(), "other")), List.of());
            }
        }
        assertThrows(StoreException.class, () -> signIns.end(signIn -> signIn.clientId().equals("app"), "it is over"));
        assertFalse(isGood(first.accessTokenText()));
    }

    /// Whoever consents again must not get the old tokens back.
    @Test
    void aRevocationEndsTheSignInsEvenIfThatCanNotBeStored() throws Exception {
        var consents = new Consents(store);
        var registered = new Clients(store, secrets, clock);
        var revocation = new Revocation(registered, new Registrations(store, registered, secrets, steady), consents,
                codes, signIns);
        consents.allow(new Consent(People.alice().subject(), "app", "https://a.example.com", Set.of("openid")));
        Given login = login();
        Files.createDirectories(temporary.resolve("tsidp-grants.log.new/full"));
        store.followClock();
        assertThrows(StoreException.class, () -> revocation.consent(People.alice().subject(), "app"));
        assertFalse(consents.has(People.alice().subject(), "app"));
        assertFalse(isGood(login.accessTokenText()));
        assertRefused(login.refreshTokenText());
    }

    /// The list at /consent could not end these any more: 200 consents of one person, or a process that died between
    /// the two files of a revocation.
    @Test
    void whatIsNotConsentedToAnyMoreIsWorthNothing() throws Exception {
        Consents consents = new Consents(new LocalStore(directory, steady, _ -> { }));
        store.close();
        open(consents::has, BUDGET);
        String alice = People.alice().subject();
        Set<String> openid = Set.of("openid");
        consents.allow(new Consent(People.bob().subject(), "app", "https://a.example.com", openid));
        consents.allow(new Consent(alice, "app", "https://a.example.com", openid));
        consents.allow(new Consent(alice, "other", "https://a.example.com", openid));
        Given app = login(People.alice(), "app");
        Given other = login(People.alice(), "other");
        Given bobs = login(People.bob(), "app");
        for (int i = 0; i < 199; i++) {
            consents.allow(new Consent(alice, i == 5 ? "other" : "some" + i, "https://b.example.com", openid));
            assertTrue(i == 198 || isGood(app.accessTokenText()), "consents " + i);
        }
        assertFalse(isGood(app.accessTokenText()));
        assertRefused(app.refreshTokenText());
        consents.allow(new Consent(alice, "last", "https://b.example.com", openid));
        assertTrue(isGood(other.accessTokenText()), "it has another consent");
        assertTrue(isGood(bobs.accessTokenText()));
        store.close();
        open(consents::has, BUDGET);
        consents.allow(new Consent(alice, "app", "https://a.example.com", openid));
        assertFalse(isGood(app.accessTokenText()), "a start forgets it for good");
        assertTrue(isGood(bobs.accessTokenText()));
    }

    /// A quarter of the heap for all, an eighth of that for each person: 512 KiB here, of tokens of 9 KiB each.
    @Test
    void longAudiencesOfOnePersonTakeABoundedPartOfTheHeapAndEndNobodyElsesSignIn() throws Exception {
        var warnings = new ArrayList<String>();
        var budget = new Budget(16 << 20, warnings::add);
        reopen(budget);
        String bobs = login(People.bob(), "app").refreshTokenText();
        var accessTokens = new ArrayList<String>();
        for (int i = 0; i < 14 * 5; i++) {
            String client = "app" + i % 14;
            Given issued = opened(given(code(People.alice(), client)),
                    longResources(i));
            for (int j = 0; j < 9; j++) {
                accessTokens.add(issued.accessTokenText());
                issued = refresh(issued.refreshTokenText(), client, longResources(i * 100 + j));
            }
        }
        long kept = accessTokens.stream().filter(this::isGood).count();
        assertTrue(kept > 20 && kept < 60, "access tokens of 630 that are kept: " + kept);
        assertEquals(List.of("the limit of sign-ins of one person is near (512 KiB of memory): beyond it the oldest"
                + " are dropped"), warnings);
        reopen(budget);
        assertEquals(kept, accessTokens.stream().filter(this::isGood).count());
        refresh(bobs);
    }

    @Test
    void oneSignInKeepsABoundedWeightOfTokens() throws Exception {
        Given issued = login();
        var accessTokens = new ArrayList<String>();
        for (int i = 0; i < 20; i++) {
            issued = refresh(issued.refreshTokenText(), "app", longResources(i));
            accessTokens.add(issued.accessTokenText());
        }
        assertEquals(List.of(false, true), accessTokens.stream().map(this::isGood).distinct().toList());
        long kept = accessTokens.stream().filter(this::isGood).count();
        assertTrue(kept >= 6 && kept <= 7, "" + kept);
        // A client that keeps exchanging a token does not lose it.
        SignIns.Held held = signIns.accessToken(accessTokens.get(17)).orElseThrow();
        for (int i = 0; i < 20; i++) {
            Given.of(signIns.exchange(held, "other", Scopes.requested(Optional.of("openid")), longResources(i),
                    JsonObject.EMPTY));
        }
        assertTrue(isGood(accessTokens.get(17)));
        assertTrue(isGood(accessTokens.getLast()));
    }

    /// With their tokens, four sign-ins take all that one person may have; without them, hundreds.
    @Test
    void whatHasExpiredTakesNoRoomAtExpiryNorAfterAStart() throws Exception {
        var budget = new Budget(2 << 20, _ -> { });
        for (boolean restarts : List.of(false, true)) {
            reopen(budget);
            String first = login().refreshTokenText();
            for (int i = 0; i < 20; i++) {
                String client = restarts + "app" + i;
                Given issued = opened(given(code(People.alice(), client)), List.of());
                refresh(issued.refreshTokenText(), client, longResources(i));
                clock.pass(Duration.ofMinutes(6));
                if (restarts) {
                    reopen(budget);
                } else {
                    store.expire();
                }
            }
            refresh(first);
        }
    }

    @Test
    void aStartDoesNotWriteTheFileAnewForWhatHasExpired() throws Exception {
        login();
        clock.pass(DAY.multipliedBy(31));
        store.close();
        byte[] before = Files.readAllBytes(temporary.resolve("tsidp-grants.log"));
        open((_, _) -> true, BUDGET);
        store.close();
        assertArrayEquals(before, Files.readAllBytes(temporary.resolve("tsidp-grants.log")));
        open((_, _) -> true, BUDGET);
    }

    @Test
    void equalPersonsOfSignInsAreTheSameObjectAfterAStartToo() throws Exception {
        String first = login(People.alice(), "app").accessTokenText();
        String second = login(People.alice(), "other").accessTokenText();
        for (int i = 0; i < 2; i++) {
            assertSame(signIns.accessToken(first).orElseThrow().signIn().person(),
                    signIns.accessToken(second).orElseThrow().signIn().person());
            restart();
        }
    }

    @Test
    void ofThirtyTwoRacingRefreshesAllGetTheSameSuccessor() throws Exception {
        String token = login().refreshTokenText();
        var successors = new HashSet<String>();
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<String>> tasks = new ArrayList<>();
            for (int i = 0; i < 32; i++) {
                tasks.add(() -> refresh(token).refreshTokenText());
            }
            for (var answer : executor.invokeAll(tasks)) {
                successors.add(answer.get());
            }
        }
        assertEquals(1, successors.size());
        refresh(successors.iterator().next());
    }

    @Test
    void noSecretIsInTheFile() throws Exception {
        Given login = login();
        Given refreshed = refresh(login.refreshTokenText());
        store.close();
        String file = Files.readString(temporary.resolve("tsidp-grants.log"));
        for (String token : List.of(login.accessTokenText(), login.refreshTokenText(), refreshed.accessTokenText(),
                refreshed.refreshTokenText())) {
            assertFalse(file.contains(token.substring(22)), "a token's secret part");
        }
        open((_, client) -> clients.contains(client), BUDGET);
    }

    @Test
    void aRecordOfAnotherVersionStopsUs() throws Exception {
        login();
        store.close();
        Path file = temporary.resolve("tsidp-grants.log");
        String json = "{\"future\":1}";
        var crc = new java.util.zip.CRC32C();
        crc.update(json.getBytes());
        Files.writeString(file, Files.readString(file) + "%08x".formatted(crc.getValue()) + " " + json + "\n");
        byte[] before = Files.readAllBytes(file);
        String message = assertThrows(StoreException.class,
                () -> open((_, client) -> clients.contains(client), BUDGET))
                .getMessage();
        assertTrue(message.startsWith(file + " has records of another version of tsidp"), message);
        assertEquals(new String(before), Files.readString(file));
        Files.delete(file);
        open((_, client) -> clients.contains(client), BUDGET);
    }

    @Test
    void nobodyReadsATokenFromATextOfWhatWasIssued() throws Exception {
        SignIns.Issued issued = issued(given(code(People.alice(), "app")), List.of());
        SignIns.Tokens tokens = issued.await();
        for (Object told : List.of(issued, tokens)) {
            assertFalse(told.toString().contains(tokens.accessToken().substring(22)));
            assertFalse(told.toString().contains(tokens.refreshToken().substring(22)));
        }
    }
}
