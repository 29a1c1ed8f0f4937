package tsidp.token;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import tsidp.client.Client;
import tsidp.json.JsonValue;
import tsidp.json.JsonWriter;
import tsidp.person.Person;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Parameters;
import tsidp.protocol.Refusal;
import tsidp.protocol.Uris;

/// Resource indicators (RFC 8707): what a client wants to access with a token, and what the tailnet policy allows.
public final class Resources {

    /// Ours, lengths in characters: they are kept with every token that is given for them.
    private static final int MAX_COUNT = 16;
    private static final int MAX_LENGTH = 512;

    /// Ours: all of them as they are written, where one character may take six bytes.
    private static final int MAX_BYTES_OF_ALL = 2048;

    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "::1");

    private Resources() {
    }

    /// The resources that a request names, each an absolute URI without a fragment (RFC 8707 §2).
    ///
    /// @throws Refusal (invalid_target)
    public static List<String> requested(Parameters parameters) throws Refusal {
        List<String> resources = parameters.all("resource").stream().distinct().toList();
        refuseExcess(resources);
        for (String resource : resources) {
            if (!isAbsoluteWithoutFragment(resource)) {
                throw new Refusal(OAuthError.INVALID_TARGET, "resource must be an absolute URI without a fragment");
            }
        }
        return resources;
    }

    /// Refuses too many resources, or too long ones.
    ///
    /// @throws Refusal (invalid_target)
    public static void refuseExcess(Collection<String> resources) throws Refusal {
        if (resources.size() > MAX_COUNT || resources.stream().anyMatch(text -> text.length() > MAX_LENGTH)
                || JsonWriter.writeBytes(JsonValue.of(List.copyOf(resources))).length > MAX_BYTES_OF_ALL) {
            throw new Refusal(OAuthError.INVALID_TARGET, "there are too many resources, or they are too long");
        }
    }

    private static boolean isAbsoluteWithoutFragment(String resource) {
        try {
            var uri = new URI(resource);
            return uri.isAbsolute() && uri.getRawFragment() == null && resource.chars().allMatch(c -> c < 0x7f);
        } catch (URISyntaxException malformed) {
            return false;
        }
    }

    /// What a token may be for that a client redeems a code or a refresh token for, before the policy is asked: what it
    /// asks for now, or what it was granted if it asks for nothing (RFC 8707 §2.2). A client that registered itself
    /// gets only what it was granted, which is what the person was asked about; a client of an administrator that was
    /// granted nothing may still ask for anything, as at the Go tsidp.
    ///
    /// @throws Refusal (invalid_target) if it asks for more than it may have
    public static List<String> redeemed(Client client, List<String> granted, List<String> requested) throws Refusal {
        boolean isBound = client.isDynamic() || !granted.isEmpty();
        return requested.isEmpty() ? granted : within(granted, requested, isBound);
    }

    /// The resources in a token's audience that are on a device, by the host of their URL. `localhost` is the device
    /// where the person signed in: the application that they use there was sent to it.
    ///
    /// @param hosts what URLs call the device
    public static List<String> on(List<String> hosts, SignIns.Held token) {
        String signedIn = token.signIn().person().hosts().getFirst();
        return token.accessToken().audience().stream().filter(resource -> host(resource)
                .filter(host -> hosts.contains(LOOPBACK.contains(host) ? signedIn : host)).isPresent()).toList();
    }

    private static Optional<String> host(String resource) {
        try {
            return Optional.ofNullable(new URI(resource).getHost()).map(host -> host.toLowerCase(Locale.ROOT)
                    .replaceFirst("^\\[(.*)]$", "$1").replaceFirst("\\.$", ""));
        } catch (URISyntaxException malformed) {
            return Optional.empty();
        }
    }

    /// The audience of a token that a client gets in exchange for another, before the policy is asked: what it asks
    /// for. A client that registered itself, or that has no secret, can only leave out some of the audience that the
    /// token has already: nobody was asked about more, or anybody who was sent the token could act in the client's
    /// name. Except as a gateway, for what the policy names beside its own resource.
    ///
    /// @param own the resources in the token's audience that are the client's, as a gateway
    /// @throws Refusal (invalid_target) if it asks for more than it may have
    public static List<String> exchanged(Client client, SignIns.Held token, List<String> own, List<String> requested)
            throws Refusal {
        Person person = token.signIn().person();
        var granted = new ArrayList<>(token.accessToken().audience());
        granted.addAll(person.capabilities().behind(person, own, requested));
        return within(granted, requested, client.isAnybodys());
    }

    private static List<String> within(List<String> granted, List<String> requested, boolean isBound) throws Refusal {
        if (isBound && !requested.stream().allMatch(resource -> Uris.contains(granted, resource))) {
            throw new Refusal(OAuthError.INVALID_TARGET, "resource or audience is not among those originally granted");
        }
        return requested;
    }

    /// The resources that the policy allows to the person, as at the Go tsidp.
    ///
    /// @throws Refusal (invalid_target) if there are some, and none of them is allowed
    public static List<String> allowed(Person person, List<String> resources) throws Refusal {
        List<String> allowed = person.capabilities().allowed(person, resources);
        if (allowed.isEmpty() && !resources.isEmpty()) {
            throw new Refusal(OAuthError.INVALID_TARGET,
                    "no grant of the tailnet policy allows this resource to this person",
                    "resources " + String.join(" ", resources) + " person " + person.loginName());
        }
        return allowed;
    }
}
