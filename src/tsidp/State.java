package tsidp;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import tsidp.client.Clients;
import tsidp.client.Registrations;
import tsidp.log.Log;
import tsidp.node.Daemon;
import tsidp.protocol.Secrets;
import tsidp.store.Budget;
import tsidp.store.StateDirectory;
import tsidp.store.SteadyClock;
import tsidp.store.StoreException;
import tsidp.token.Codes;
import tsidp.token.Consents;
import tsidp.token.Revocation;
import tsidp.token.SignIns;
import tsidp.token.SigningKeys;

/// Everything that is remembered, opened from one directory and held by this process alone.
record State(StateDirectory directory, SigningKeys keys, Clients clients, Registrations registrations,
        Consents consents, Codes codes, SignIns signIns, Secrets secrets, SteadyClock clock, Log log)
        implements AutoCloseable {

    /// Opens the directory and reads what is in it.
    ///
    /// @throws StoreException with one sentence, if a file can't be read or another process has the directory
    static State open(Path path, SteadyClock clock, Log log) throws StoreException {
        return open(StateDirectory.open(path), clock, log);
    }

    /// Reads what is in a directory that is open already, and is closed with this state.
    static State open(StateDirectory directory, SteadyClock clock, Log log) throws StoreException {
        try {
            if (directory.isOpenToOthers()) {
                log.warn("the state directory is open to other accounts", "dir", directory.path(""));
            }
            directory.closeToOthers(Daemon.STATE);
            var budget = Budget.ofHeap(log.faults("limit"));
            var random = new SecureRandom();
            var secrets = new Secrets(random);
            var keys = SigningKeys.load(directory, random);
            var clients = Clients.load(directory, secrets, clock);
            var registrations = Registrations.load(directory, clients, secrets, clock);
            var consents = Consents.load(directory, budget.warnings());
            var codes = new Codes(secrets, clock, budget);
            var signIns = SignIns.open(directory, secrets, clock, (subject, clientId) -> clients.find(clientId)
                    .filter(client -> !client.isDynamic() || consents.has(subject, clientId)).isPresent(), budget);
            if (signIns.tornBytes() > 0) {
                log.warn("an unfinished record was dropped, of which nobody was told", "bytes", signIns.tornBytes());
            }
            return new State(directory, keys, clients, registrations, consents, codes, signIns, secrets, clock, log);
        } catch (StoreException e) {
            directory.close();
            throw e;
        } finally {
            directory.closed().forEach(
                    path -> log.warn("closed to other accounts, which may have read it", "path", path));
        }
    }

    /// Forgets what has expired, and tries again to write where that failed.
    ///
    /// @throws StoreException if that can't be stored
    void expire() throws StoreException {
        directory.retry();
        Duration jump = clock.look();
        if (!jump.isZero()) {
            log.warn("the clock of this machine was set, and is followed: nothing ends sooner or later", "by", jump);
            signIns.followClock();
            registrations.followClock();
        }
        codes.expire();
        signIns.expire();
        revocation().expire();
    }

    /// What keeps changes from being stored now, a sentence; empty if nothing does.
    String fault() {
        return signIns.fault().isEmpty() ? directory.fault() : signIns.fault();
    }

    /// What ends things together with all that depends on them.
    Revocation revocation() {
        return new Revocation(clients, registrations, consents, codes, signIns);
    }

    @Override
    public void close() {
        signIns.close();
        directory.close();
    }
}
