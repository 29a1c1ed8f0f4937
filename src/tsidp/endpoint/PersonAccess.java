package tsidp.endpoint;

import java.net.InetAddress;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import tsidp.http.Access;
import tsidp.http.Request;
import tsidp.person.Person;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Refusal;
import tsidp.tailnet.LocalApi;
import tsidp.tailnet.Peer;
import tsidp.tailnet.TailnetException;

/// Admits a person: asks whois, at each request, who owns the caller's Tailscale address. Without an answer, nobody is
/// admitted; nor is a caller from one of this machine's own addresses, which any of its processes can use.
///
/// @param self the StableID of this machine
/// @param destination what the tailnet policy calls this machine
/// @param faults is told the faults of the policy's rules for a person, as sentences
public record PersonAccess(LocalApi localApi, Supplier<String> self, Supplier<String> destination,
        Consumer<String> faults) implements Access<Person> {

    @Override
    public Person admit(Request request) throws Refusal {
        return person(peer(request));
    }

    /// Who may be at the other end.
    ///
    /// @param refusal why it is nobody that we know
    public record Found(Optional<Peer> peer, Optional<Refusal> refusal) {

        /// The device, a tagged one too.
        ///
        /// @throws Refusal (access_denied; temporarily_unavailable) if there is none
        Peer require() throws Refusal {
            if (refusal.isPresent()) {
                throw refusal.get();
            }
            return peer.orElseThrow();
        }
    }

    /// Admits everybody, and says who it is.
    public Found find(Request request) {
        try {
            return new Found(Optional.of(peer(request)), Optional.empty());
        } catch (Refusal refusal) {
            return new Found(Optional.empty(), Optional.of(refusal));
        }
    }

    /// Admits any device of the tailnet, tagged ones too: `person` is still to be asked.
    ///
    /// @throws Refusal (access_denied; temporarily_unavailable)
    public Peer peer(Request request) throws Refusal {
        return device(request).orElseThrow(() -> new Refusal(OAuthError.ACCESS_DENIED,
                "this connection does not come from a known device on the tailnet"));
    }

    /// The person at a device.
    ///
    /// @throws Refusal (access_denied) if it is tagged
    Person person(Peer peer) throws Refusal {
        if (peer.node().tagged()) {
            throw new Refusal(OAuthError.ACCESS_DENIED, "this device is tagged, so it does not belong to a person:"
                    + " tagged nodes not supported", "node " + peer.node().name() + " tags "
                    + String.join(" ", peer.node().tags()));
        }
        Person person = Person.at(peer);
        person.capabilities().faults().forEach(fault -> faults.accept(fault + ", for " + person.described()));
        return person;
    }

    /// The device of the tailnet that a request comes from, a person's or a tagged one.
    ///
    /// @throws Refusal (temporarily_unavailable) if tailscaled does not answer
    Optional<Peer> device(Request request) throws Refusal {
        Optional<InetAddress> address = request.caller().peer();
        try {
            return address.isEmpty() ? Optional.empty() : localApi.whois(address.get())
                    .filter(found -> !found.node().stableId().equals(self.get()));
        } catch (TailnetException e) {
            throw new Refusal(OAuthError.TEMPORARILY_UNAVAILABLE, "tailscaled could not identify you",
                    e.getMessage());
        }
    }
}
