package tsidp;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import tsidp.certificate.KeptCertificate;
import tsidp.client.Clients;
import tsidp.client.Registrations;
import tsidp.log.Log;
import tsidp.node.Daemon;
import tsidp.protocol.Secrets;
import tsidp.store.Budget;
import tsidp.store.LocalStore;
import tsidp.store.StateDirectory;
import tsidp.store.SteadyClock;
import tsidp.store.StoreException;
import tsidp.token.Codes;
import tsidp.token.Consents;
import tsidp.token.Revocation;
import tsidp.token.SignIns;
import tsidp.token.SigningKeys;

/// Everything that is stored, opened from one directory that no other process may use at the same time.
record State(StateDirectory directory, LocalStore store, SigningKeys keys, Clients clients,
        Registrations registrations, Consents consents, Codes codes, SignIns signIns, Secrets secrets,
        SteadyClock clock, Log log) implements AutoCloseable {

    /// Opens the directory and reads its files.
    ///
    /// @throws StoreException with a message for the operator, if a file can't be read or another process has the
    ///     directory
    static State open(Path path, SteadyClock clock, Log log) {
        return open(StateDirectory.open(path), clock, log);
    }

    /// Reads the files of a directory that is already open, and will be closed with this state.
    static State open(StateDirectory directory, SteadyClock clock, Log log) {
        var budget = Budget.ofHeap(log.faults("limit"));
        var store = new LocalStore(directory, clock, budget.warnings());
        try {
            if (directory.isOpenToOthers()) {
                log.warn("the state directory is open to other accounts", "dir", directory.path(""));
            }
            directory.closeToOthers(Daemon.STATE);
            directory.closeToOthers(KeptCertificate.FILE);
            var random = new SecureRandom();
            var secrets = new Secrets(random);
            var keys = SigningKeys.load(store, random);
            var clients = new Clients(store, secrets, clock);
            var registrations = new Registrations(store, clients, secrets, clock);
            var consents = new Consents(store);
            var codes = new Codes(store, secrets, clock, budget);
            var signIns = new SignIns(store, secrets, clock, (subject, clientId) -> clients.find(clientId)
                    .filter(client -> !client.needsConsent() || consents.has(subject, clientId)).isPresent(),
                    clientId -> clients.find(clientId).isPresent(), budget);
            signIns.watch((ended, why) -> log.info("sign-in ended", "user", ended.person().loginName(), "node",
                    ended.person().peer().node().name(), "client", ended.clientId(), "why", why));
            if (store.tornBytes() > 0) {
                log.warn("dropped an incomplete record at the end of the ledger (it was never acknowledged)", "bytes",
                        store.tornBytes());
            }
            return new State(directory, store, keys, clients, registrations, consents, codes, signIns, secrets, clock,
                    log);
        } catch (StoreException e) {
            store.close();
            directory.close();
            throw e;
        } finally {
            directory.closed().forEach(
                    path -> log.warn("closed to other accounts, which may have read it", "path", path));
        }
    }

    /// Removes what has expired, and retries writes that failed.
    ///
    /// @throws StoreException if that can't be stored
    void expire() {
        Duration jump = clock.look();
        if (!jump.isZero()) {
            log.warn("the clock of this machine was set: lifetimes stay as they were", "by", jump);
            store.followClock();
            registrations.followClock();
        }
        store.expire();
        revocation().expire();
    }

    /// Why changes can't be stored at the moment, as a sentence; empty if they can.
    String fault() {
        return store.fault();
    }

    /// Ends clients and consents together with everything that depends on them.
    Revocation revocation() {
        return new Revocation(clients, registrations, consents, codes, signIns);
    }

    @Override
    public void close() {
        store.close();
        directory.close();
    }
}
