package tsidp.person;

import java.util.List;
import tsidp.protocol.Issuer;
import tsidp.protocol.MissingCapability;
import tsidp.tailnet.Peer;

/// A person at a device: a peer of the tailnet that is not tagged. One can be made only from the whois answer for a
/// connection, or from what we stored of it.
public final class Person {

    private final Peer peer;
    private final long weight;
    private Capabilities capabilities;

    private Person(Peer peer) {
        this.peer = peer;
        this.weight = peer.weight();
    }

    /// The person at a peer.
    ///
    /// @throws IllegalArgumentException if the peer is tagged: it belongs to a service, not to a person
    public static Person at(Peer peer) {
        if (peer.node().tagged()) {
            throw new IllegalArgumentException("a tagged node is not a person");
        }
        return new Person(peer);
    }

    /// The whois answer.
    public Peer peer() {
        return peer;
    }

    /// The subject (OpenID Connect Core §2, `sub`): `userid:` and the user's number, the same for all their devices.
    public String subject() {
        return "userid:" + peer.node().user();
    }

    /// What URLs on the tailnet call the device.
    public List<String> hosts() {
        return peer.node().hosts();
    }

    /// The login name, as in `alice@example.com`.
    public String loginName() {
        return peer.user().loginName();
    }

    /// Approximate size in bytes of heap.
    public long weight() {
        return weight;
    }

    /// The person and the device, for the log.
    public String described() {
        return loginName() + " at " + peer.node().name();
    }

    /// What the policy grants them. Read when it is first asked for: a start reads many persons, and asks of none.
    public Capabilities capabilities() {
        if (capabilities == null) {
            capabilities = new Capabilities(peer);
        }
        return capabilities;
    }

    /// The capability that they would need.
    MissingCapability missing(String field, String destination) {
        return new MissingCapability(field, loginName(), destination);
    }

    /// The login name as an e-mail address: GitHub and passkey login names have no domain and get ours.
    public String email(Issuer issuer) {
        boolean bare = loginName().endsWith("@github") || loginName().endsWith("@passkey");
        return bare ? loginName() + "." + issuer.host() : loginName();
    }

    /// The part of the login name before `@`; empty if there is no `@`.
    public String username() {
        int at = loginName().indexOf('@');
        return at < 0 ? "" : loginName().substring(0, at);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Person person && peer.equals(person.peer);
    }

    @Override
    public int hashCode() {
        return peer.hashCode();
    }
}
