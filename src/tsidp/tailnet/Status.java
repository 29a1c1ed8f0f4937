package tsidp.tailnet;

import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import tsidp.json.JsonBoolean;
import tsidp.json.JsonObject;
import tsidp.json.Members;

/// What tailscaled reports about this machine (`GET status`). Until it runs, name and addresses may be empty.
///
/// @param stableId this machine's StableID; may be empty
/// @param hasDevice whether the machine has a network device for its tailnet (`TUN`), so that peers reach programs
///     directly; without one tailscaled forwards connections
/// @param dnsName this machine's name, in lower case and without the final dot
/// @param certDomains the names for which tailscaled can get a certificate
/// @param authUrl where a person logs this machine in, while it waits for that. The person who opens it decides which
///     tailnet the machine joins, so it must not be logged
/// @param attributes what the tailnet policy allows this machine to do (`Self.CapMap`), as in `funnel`
/// @param tags of this machine, as `tag:tsidp`; empty for a person's
/// @param health the problems that tailscaled reports, in its own words
public record Status(String version, BackendState backendState, String stableId, String dnsName,
        List<InetAddress> addresses, boolean hasDevice, List<String> certDomains, Optional<String> authUrl,
        Set<String> attributes, List<String> tags, List<String> health) {

    public Status {
        addresses = List.copyOf(addresses);
        certDomains = List.copyOf(certDomains);
        attributes = Set.copyOf(attributes);
        tags = List.copyOf(tags);
        health = List.copyOf(health);
    }

    /// @throws IllegalArgumentException if a member is missing or has the wrong type
    static Status of(JsonObject json) {
        var members = new Members(json);
        var state = BackendState.of(members.text("BackendState"));
        JsonObject self = json.object("Self").orElse(JsonObject.EMPTY);
        String name = self.string("DNSName").orElse("").toLowerCase(Locale.ROOT);
        name = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
        if (!name.isEmpty() && !HostName.matches(name)) {
            throw new IllegalArgumentException("Self.DNSName is not a host name");
        }
        List<InetAddress> addresses =
                members.textsOrEmpty("TailscaleIPs").stream().map(InetAddress::ofLiteral).toList();
        return new Status(json.string("Version").orElse(""), state,
                self.string("ID").orElse(""), name, addresses,
                !json.get("TUN").equals(Optional.of(JsonBoolean.FALSE)), members.textsOrEmpty("CertDomains"),
                json.string("AuthURL").filter(url -> !url.isEmpty()),
                self.object("CapMap").orElse(JsonObject.EMPTY).members().keySet(),
                new Members(self).textsOrEmpty("Tags"),
                members.textsOrEmpty("Health"));
    }

    /// What `dst` of a grant calls this machine: its tag, or its address if it has none; `*` while neither is known.
    public String destination() {
        return Stream.concat(tags.stream(), addresses.stream().map(InetAddress::getHostAddress)).findFirst()
                .orElse("*");
    }

    /// This status, if the machine is on its tailnet and has a name and an address there.
    ///
    /// @throws TailnetException if not, with a message that says what to do
    public Status requireRunning() throws TailnetException {
        return switch (backendState) {
            case RUNNING -> named();
            case NO_STATE, STARTING -> throw new TailnetException(TailnetException.Kind.NOT_ANSWERING,
                    "tailscaled is still starting: wait, and check `tailscale status` if this continues");
            case STOPPED -> throw new TailnetException(TailnetException.Kind.STOPPED,
                    "this machine is disconnected from its tailnet: run `tailscale up`");
            case NEEDS_LOGIN -> throw new TailnetException(TailnetException.Kind.NEEDS_LOGIN,
                    "this machine is not logged in to a tailnet: run `tailscale up` and open the address it prints");
            case NEEDS_MACHINE_AUTH -> throw new TailnetException(TailnetException.Kind.NEEDS_APPROVAL,
                    "this machine is waiting for approval: an administrator must approve it on the Machines page of the"
                            + " Tailscale admin console");
            case UNKNOWN -> throw new TailnetException(TailnetException.Kind.BAD_ANSWER,
                    "tailscaled is in a state that tsidp does not know: see `tailscale status`, and update tsidp if"
                            + " tailscaled is newer");
        };
    }

    private Status named() throws TailnetException {
        if (dnsName.isEmpty() || addresses.isEmpty()) {
            throw new TailnetException(TailnetException.Kind.BAD_ANSWER,
                    "tailscaled is running, but has no name or no address for this machine: check `tailscale status`");
        }
        return this;
    }
}
