package tsidp.token;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import tsidp.json.JsonBoolean;
import tsidp.json.JsonValue;
import tsidp.json.Members;

/// A person's session in one browser, to which all sign-ins there belong. It is no identity: whois alone is.
///
/// @param id `sid` (OpenID Connect Back-Channel Logout 1.0 §2.1); empty in sign-ins of earlier versions
/// @param authenticated `auth_time` (OpenID Connect Core §2): when whois identified the person for the first time in
///     that browser, or when they last clicked Continue
/// @param isConfirmed whether they clicked Continue
public record Session(String id, Instant authenticated, boolean isConfirmed) {

    /// Ours: what `acr` means here (OpenID Connect Core §2). The person was identified by a device that tailscaled says
    /// is theirs; no password was asked for.
    public static final String ACR = "device";

    /// RFC 8176 §2: proof of possession of the device's software-secured node key and, after a click, of presence.
    List<String> amr() {
        return isConfirmed ? List.of("swk", "user") : List.of("swk");
    }

    /// This session in the time of another clock.
    Session by(UnaryOperator<Instant> clock) {
        return new Session(id, clock.apply(authenticated), isConfirmed);
    }

    void putInto(Map<String, JsonValue> json) {
        json.put("authenticated", JsonValue.of(authenticated.getEpochSecond()));
        if (!id.isEmpty()) {
            json.put("session", JsonValue.of(id));
        }
        if (isConfirmed) {
            json.put("confirmed", JsonBoolean.TRUE);
        }
    }

    static Session of(Members json) {
        return new Session(json.textOrEmpty("session"), json.second("authenticated"), json.json().isTrue("confirmed"));
    }
}
