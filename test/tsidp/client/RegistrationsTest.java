package tsidp.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tsidp.fake.MovableClock;
import tsidp.person.People;
import tsidp.person.Registrar;
import tsidp.protocol.Issuer;
import tsidp.protocol.Secrets;
import tsidp.store.LocalStore;
import tsidp.store.StateDirectory;
import tsidp.store.SteadyClock;
import tsidp.store.StoreException;

/// A registration writes two files. Whichever write is the last before a kill -9, no client is left without a
/// registration, which would never expire.
class RegistrationsTest {

    @TempDir
    private Path temporary;

    private final Secrets secrets = new Secrets(new SecureRandom());
    private final MovableClock clock = MovableClock.atPresent();
    private StateDirectory directory;
    private Clients clients;
    private Registrations registrations;

    @BeforeEach
    void open() throws Exception {
        directory = StateDirectory.open(temporary);
        var store = new LocalStore(directory, SteadyClock.of(clock), _ -> { });
        clients = new Clients(store, secrets, clock);
        registrations = new Registrations(store, clients, secrets, SteadyClock.of(clock));
    }

    @AfterEach
    void close() {
        directory.close();
    }

    private Registrations.Registered register() throws Exception {
        var registrar = Registrar.of(People.alice("{'allow_dcr':true}"), "tag:tsidp");
        return registrations.register(registrar, ClientMetadata.ofRegistration(
                People.json("{'redirect_uris':['https://app.example.com/cb'],'client_name':'App'}"),
                new Issuer("idp.example.ts.net", 443)));
    }

    /// Makes writing a file fail.
    private Path block(String name) throws Exception {
        Path blocked = Files.createDirectory(temporary.resolve(name + ".new"));
        return Files.createFile(blocked.resolve("in-the-way"));
    }

    @Test
    void aClientIsWrittenWhenItsRegistrationIs() throws Exception {
        for (String name : List.of("tsidp-registrations.json", "oidc-funnel-clients.json")) {
            Path blocked = block(name);
            assertThrows(StoreException.class, this::register);
            close();
            open();
            assertEquals(List.of(), clients.all(), "the write of " + name + " did not happen");
            Files.delete(blocked);
            Files.delete(blocked.getParent());
        }
        Registrations.Registered registered = register();
        close();
        open();
        assertTrue(registrations.find(registered.client().id(), registered.token()).isPresent());
    }

    /// While a client is being registered, its registration is there and the client is not yet.
    @Test
    void aRegistrationWithoutAClientIsForgottenWhenItIsAnHourOld() throws Exception {
        Registrations.Registered registered = register();
        clients.remove(List.of(registered.client().id()));
        assertEquals(List.of(), registrations.expire());
        clock.pass(Duration.ofMinutes(61));
        assertEquals(List.of(registered.client().id()), registrations.expire());
    }
}
