package tsidp.token;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.UnaryOperator;
import tsidp.client.Client;
import tsidp.client.Clients;
import tsidp.client.Registrations;
import tsidp.store.StoreException;

/// Ends clients and consents together with everything that depends on them: codes (taken ones too), sign-ins and their
/// tokens. When an operation returns, its effect is durable.
///
/// A client ends with its entry in the client file, which is removed first. Without that entry, nothing that names the
/// client is valid, so a crash in between leaves only what the next start or `expire` cleans up.
public record Revocation(Clients clients, Registrations registrations, Consents consents, Codes codes,
        SignIns signIns) {

    /// Ends a client.
    ///
    /// @return whether there was one
    /// @throws StoreException if that can't be stored
    public boolean client(String id) {
        boolean removed = clients.remove(List.of(id));
        gone(List.of(id));
        return removed;
    }

    /// Changes a client. If it loses an administrator's trust by that, everything that it was given ends, as if all
    /// persons had revoked their consent.
    ///
    /// @return the client; empty if there is none
    /// @throws StoreException if that can't be stored
    public Optional<Client> change(String id, UnaryOperator<Client> change) {
        boolean wasTrusted = clients.find(id).filter(Client::isTrusted).isPresent();
        Optional<Client> changed = clients.change(id, change);
        if (wasTrusted && changed.filter(Client::isTrusted).isEmpty()) {
            end((_, client) -> client.equals(id), "the application is not trusted any more");
        }
        return changed;
    }

    /// Ends what a person allowed a client.
    ///
    /// @throws StoreException if that can't be stored
    public void consent(String subject, String clientId) {
        end((person, client) -> person.equals(subject) && client.equals(clientId), "the person revoked the consent");
    }

    /// Ends the clients that registered themselves and were never used.
    ///
    /// @throws StoreException if that can't be stored
    public void expire() {
        List<String> gone = registrations.expire();
        if (!gone.isEmpty()) {
            gone(gone);
        }
    }

    private void gone(Collection<String> clientIds) {
        registrations.forget(clientIds);
        end((_, client) -> clientIds.contains(client), "the application was removed");
    }

    /// Consents first: without one, no new code is issued. Codes once more at the end: one that was being redeemed is
    /// valid again if its sign-in could not be stored.
    private void end(BiPredicate<String, String> which, String why) {
        consents.remove(which);
        codes.remove(which);
        signIns.end(signIn -> which.test(signIn.person().subject(), signIn.clientId()), why);
        codes.remove(which);
    }
}
