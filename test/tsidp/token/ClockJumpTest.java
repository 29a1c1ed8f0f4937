package tsidp.token;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tsidp.client.ClientMetadata;
import tsidp.client.Clients;
import tsidp.client.Registrations;
import tsidp.fake.MovableClock;
import tsidp.json.JsonObject;
import tsidp.person.People;
import tsidp.person.Registrar;
import tsidp.protocol.Issuer;
import tsidp.protocol.Refusal;
import tsidp.protocol.Scopes;
import tsidp.protocol.Secrets;
import tsidp.store.Budget;
import tsidp.store.LocalStore;
import tsidp.store.StateDirectory;
import tsidp.store.SteadyClock;

/// A machine's clock is set, temporarily or permanently.
class ClockJumpTest {

    private static final Budget BUDGET = new Budget(64 << 20, _ -> { });
    private static final Duration HOUR = Duration.ofHours(1);

    @TempDir
    private Path temporary;

    private final Secrets secrets = new Secrets(new SecureRandom());
    private final MovableClock wall = MovableClock.atPresent();
    private final AtomicLong nanos = new AtomicLong();
    private SteadyClock clock;
    private StateDirectory directory;
    private LocalStore store;
    private Clients clients;
    private Registrations registrations;
    private Codes codes;
    private SignIns signIns;

    @BeforeEach
    void open() throws Exception {
        clock = new SteadyClock(wall, nanos::get);
        directory = StateDirectory.open(temporary);
        store = new LocalStore(directory, clock, _ -> { });
        clients = new Clients(store, secrets, clock);
        registrations = new Registrations(store, clients, secrets, clock);
        codes = new Codes(store, secrets, clock, BUDGET);
        signIns = new SignIns(store, secrets, clock, (_, _) -> true, _ -> true, BUDGET);
    }

    @AfterEach
    void close() {
        store.close();
        directory.close();
    }

    /// Time passes while the server checks its clocks. Returns the jump that was followed.
    private Duration pass(Duration time) throws Exception {
        Duration jump = Duration.ZERO;
        for (Duration left = time; left.isPositive(); left = left.minusSeconds(5)) {
            wall.pass(Duration.ofSeconds(5));
            nanos.addAndGet(5_000_000_000L);
            Duration followed = clock.look();
            if (!followed.isZero()) {
                jump = followed;
                store.followClock();
                registrations.followClock();
            }
        }
        store.expire();
        registrations.expire();
        return jump;
    }

    private Given signIn() throws Exception {
        String code = codes.give(Requests.by(People.alice(), "app", List.of(), ""), Requests.session(clock));
        return Given.of(signIns.open(codes, codes.find(code).orElseThrow(), List.of()));
    }

    private boolean isGood(Given issued) {
        return signIns.accessToken(issued.accessTokenText()).isPresent();
    }

    @Test
    void aClockThatIsWrongForAMomentEndsNothing() throws Exception {
        pass(HOUR.multipliedBy(2));
        var registrar = Registrar.of(People.alice("{'allow_dcr':true}"), "tag:tsidp");
        registrations.register(registrar, ClientMetadata.ofRegistration(
                People.json("{'redirect_uris':['https://app.example.com/cb'],'client_name':'App'}"),
                new Issuer("idp.example.ts.net", 443)));
        Given issued = signIn();
        wall.pass(Duration.ofDays(31));
        assertEquals(Duration.ZERO, pass(Duration.ofSeconds(12)));
        assertEquals(1, clients.all().size());
        assertTrue(isGood(issued));
        wall.pass(Duration.ofDays(-31));
        assertEquals(Duration.ZERO, pass(Duration.ofSeconds(10)));
        assertEquals(1, clients.all().size());
        assertTrue(isGood(issued));
    }

    @Test
    void aJumpThatIsFollowedRemovesNoUnusedClientAtOnce() throws Exception {
        pass(HOUR.multipliedBy(2));
        var registrar = Registrar.of(People.alice("{'allow_dcr':true}"), "tag:tsidp");
        registrations.register(registrar, ClientMetadata.ofRegistration(
                People.json("{'redirect_uris':['https://app.example.com/cb'],'client_name':'App'}"),
                new Issuer("idp.example.ts.net", 443)));
        wall.pass(Duration.ofDays(31));
        assertEquals(Duration.ofDays(31), pass(Duration.ofMinutes(2)));
        assertEquals(1, clients.all().size());
        wall.pass(Duration.ofDays(-31));
        pass(HOUR.multipliedBy(2));
        assertEquals(1, clients.all().size());
    }

    @Test
    void aClockThatIsSetBackLengthensNothing() throws Exception {
        Given issued = signIn();
        wall.pass(HOUR.negated());
        assertEquals(HOUR.negated(), pass(Duration.ofMinutes(4)));
        assertTrue(isGood(issued));
        pass(Duration.ofMinutes(2));
        assertFalse(isGood(issued));
    }

    @Test
    void aClockThatIsSetForwardEndsNothing() throws Exception {
        Given issued = signIn();
        wall.pass(Duration.ofDays(31));
        assertEquals(Duration.ofDays(31), pass(Duration.ofMinutes(4)));
        assertTrue(isGood(issued));
        Given.of(signIns.refresh(signIns.ofRefreshToken(issued.refreshTokenText(), "app", true),
                issued.refreshTokenText(), true, Scopes.requested(Optional.of("openid")), List.of()));
    }

    @Test
    void whatIsToldIsByTheWallClock() throws Exception {
        wall.pass(HOUR);
        pass(Duration.ofMinutes(2));
        Given issued = signIn();
        JsonObject claims = new Claims(new Issuer("idp.x.ts.net", 443), clock)
                .idToken(issued.signIn(), issued.accessToken(), "", "");
        long now = wall.instant().getEpochSecond();
        assertEquals(now, claims.integer("iat").orElseThrow());
        assertEquals(now, claims.integer("auth_time").orElseThrow());
        assertEquals(now + 300, claims.integer("exp").orElseThrow());
    }

    @Test
    void whatIsWrittenIsByTheWallClock() throws Exception {
        Given issued = signIn();
        wall.pass(HOUR);
        assertEquals(HOUR, pass(Duration.ofMinutes(2)));
        close();
        open();
        pass(Duration.ofMinutes(2));
        assertTrue(isGood(issued));
        pass(Duration.ofMinutes(2));
        assertFalse(isGood(issued));
    }

    /// As on a machine without a battery for its clock.
    @Test
    void nothingThatWasWrittenLastsLongerThanItsLifetimeFromTheStart() throws Exception {
        Given issued = signIn();
        close();
        wall.pass(Duration.ofDays(-10_000));
        open();
        nanos.addAndGet(Duration.ofDays(31).toNanos());
        wall.pass(Duration.ofDays(31));
        assertEquals("the refresh token is unknown, expired or revoked", assertRefused(issued));
    }

    @Test
    void aStartWithAClockThatIsAnHourBehindLengthensNothing() throws Exception {
        Given issued = signIn();
        Given refreshed = Given.of(signIns.refresh(signIns.ofRefreshToken(issued.refreshTokenText(), "app", true),
                issued.refreshTokenText(), true, Scopes.requested(Optional.of("openid")), List.of()));
        close();
        wall.pass(HOUR.negated());
        open();
        assertTrue(isGood(refreshed));
        pass(Duration.ofMinutes(6));
        assertFalse(isGood(refreshed));
        assertTrue(assertRefused(issued).startsWith("the refresh token was"));
    }

    private String assertRefused(Given issued) throws Exception {
        try {
            signIns.ofRefreshToken(issued.refreshTokenText(), "app", true);
            return "";
        } catch (Refusal refusal) {
            return refusal.description();
        }
    }
}
