package tsidp.backchannel;

import java.io.IOException;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import tsidp.client.Client;
import tsidp.client.Clients;
import tsidp.client.Setting;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.log.Log;
import tsidp.protocol.Issuer;
import tsidp.protocol.Secrets;
import tsidp.store.SteadyClock;
import tsidp.token.SignIn;
import tsidp.token.SigningKeys;

/// Tells the application of each sign-in that ends, if it registered `backchannel_logout_uri`. A notice that can't be
/// delivered is tried again a few times, and then dropped: the application's own session lasts as long as it decides.
public final class LogoutNotices implements AutoCloseable {

    /// Ours: how many notices may wait, and be sent at once.
    private static final int MAX_WAITING = 1_000;
    private static final int MAX_SENDING = 16;

    /// Ours: before each try.
    private static final List<Duration> PAUSES =
            List.of(Duration.ZERO, Duration.ofSeconds(5), Duration.ofSeconds(30), Duration.ofMinutes(5));

    /// Ours: how long a try may take.
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /// Back-Channel Logout 1.0 §2.4 recommends at most two minutes.
    private static final Duration LIFETIME = Duration.ofMinutes(2);

    private static final int TOKEN_ID_BYTES = 16;

    private record Notice(Client client, URI uri, String subject, String session) {
    }

    private final Supplier<Issuer> issuer;
    private final Clients clients;
    private final SigningKeys keys;
    private final Secrets secrets;
    private final SteadyClock clock;
    private final Delivery delivery;
    private final List<Duration> pauses;
    private final Log log;
    private final Set<Notice> waiting = ConcurrentHashMap.newKeySet();
    private final Semaphore places = new Semaphore(MAX_WAITING);
    private final Semaphore sending = new Semaphore(MAX_SENDING);
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

    /// Notices that are signed with these keys.
    public LogoutNotices(Supplier<Issuer> issuer, Clients clients, SigningKeys keys, Secrets secrets,
            SteadyClock clock, Log log) {
        this(issuer, clients, keys, secrets, clock, log, new Delivery(LogoutNotices::systemTrust, PATIENCE), PAUSES);
    }

    LogoutNotices(Supplier<Issuer> issuer, Clients clients, SigningKeys keys, Secrets secrets, SteadyClock clock,
            Log log, Delivery delivery, List<Duration> pauses) {
        this.issuer = issuer;
        this.clients = clients;
        this.keys = keys;
        this.secrets = secrets;
        this.clock = clock;
        this.log = log;
        this.delivery = delivery;
        this.pauses = pauses;
    }

    private static SSLContext systemTrust() {
        try {
            return SSLContext.getDefault();
        } catch (GeneralSecurityException everyJdkHasIt) {
            throw new IllegalStateException(everyJdkHasIt);
        }
    }

    /// Tells the application, in the background. A removed application is told nothing.
    public void ended(SignIn signIn) {
        Optional<Client> client = clients.find(signIn.clientId());
        client.stream().flatMap(known -> Setting.BACKCHANNEL_LOGOUT_URI.of(known).stream()).forEach(uri -> tell(
                new Notice(client.get(), URI.create(uri), signIn.person().subject(), signIn.session().id())));
    }

    private void tell(Notice notice) {
        if (!waiting.add(notice)) {
            return; // another sign-in of the same session: one notice is for both
        }
        if (!places.tryAcquire()) {
            waiting.remove(notice);
            log.warn("logout not told", "client", notice.client().id(), "why", "too many notices wait");
            return;
        }
        executor.execute(() -> {
            try {
                deliver(notice);
            } catch (InterruptedException stopping) {
                Thread.currentThread().interrupt();
            } finally {
                places.release();
            }
        });
    }

    private void deliver(Notice notice) throws InterruptedException {
        String fault = "";
        for (Duration pause : pauses) {
            Thread.sleep(pause);
            sending.acquire();
            try {
                // From here on, another sign-in that ends needs a notice of its own.
                waiting.remove(notice);
                int status = delivery.post(notice.uri(), "logout_token=" + token(notice), notice.client().isDynamic());
                if (status / 100 == 2) {
                    log.info("logout told", "client", notice.client().id(), "to", notice.uri().getHost());
                    return;
                }
                fault = "status " + status;
                if (status / 100 == 4 && status != 429) {
                    break; // §2.8: it does not want this token, and will not want another
                }
            } catch (IOException unreachable) {
                fault = unreachable.getClass().getSimpleName() + ": " + unreachable.getMessage();
            } finally {
                sending.release();
            }
        }
        log.warn("logout not told", "client", notice.client().id(), "to", notice.uri().getHost(), "why", fault);
    }

    /// A logout token (§2.4).
    private String token(Notice notice) {
        long now = clock.toWall(clock.instant()).getEpochSecond();
        var claims = new LinkedHashMap<String, JsonValue>();
        claims.put("iss", JsonValue.of(issuer.get().url()));
        claims.put("sub", JsonValue.of(notice.subject()));
        claims.put("aud", JsonValue.of(notice.client().id()));
        claims.put("iat", JsonValue.of(now));
        claims.put("exp", JsonValue.of(now + LIFETIME.toSeconds()));
        claims.put("jti", JsonValue.of(secrets.hex(TOKEN_ID_BYTES)));
        claims.put("events", new JsonObject(Map.of("http://schemas.openid.net/event/backchannel-logout",
                JsonObject.EMPTY)));
        if (!notice.session().isEmpty()) {
            claims.put("sid", JsonValue.of(notice.session()));
        }
        return keys.current(notice.client()).sign("logout+jwt", new JsonObject(claims));
    }

    /// Drops what waits.
    @Override
    public void close() {
        executor.shutdownNow();
    }
}
