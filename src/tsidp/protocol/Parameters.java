package tsidp.protocol;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The parameters of a request, decoded strictly from `application/x-www-form-urlencoded` (RFC 6749 appendix B):
/// complete percent escapes, valid UTF-8, no control characters. A parameter without a value is treated as absent
/// (§3.1). A value of a repeated name can't be read by accident: `get` refuses it.
public final class Parameters {

    /// No parameters.
    public static final Parameters NONE = new Parameters(Map.of(), Set.of(), Set.of());

    /// From the standards: the parameters that may be repeated (RFC 8707 §2, RFC 8693 §2.1).
    private static final Set<String> REPEATABLE = Set.of("resource", "audience");

    /// From the standards, as in IANA's registry of OAuth parameters: those of requests, which must not be repeated.
    /// Others are ignored (RFC 6749 §3.1, §3.2).
    private static final Set<String> DEFINED = Set.of("access_token", "acr_values", "actor_token", "actor_token_type",
            "assertion", "authorization_details", "claims", "claims_locales", "client_assertion",
            "client_assertion_type", "client_id", "client_secret", "code", "code_challenge", "code_challenge_method",
            "code_verifier", "display", "dpop_jkt", "grant_type", "id_token_hint", "login_hint", "max_age", "nonce",
            "password", "prompt", "redirect_uri", "refresh_token", "registration", "request", "request_uri",
            "requested_token_type", "response_mode", "response_type", "scope", "state", "subject_token",
            "subject_token_type", "token", "token_type_hint", "ui_locales", "username");

    /// Ours: more than any client sends.
    private static final int MAX_COUNT = 64;

    /// Ours, in characters. The longest that clients send is a `state` that contains a URL.
    private static final int MAX_LENGTH = 8192;

    private final Map<String, List<String>> values;
    private final Set<String> named;
    private final Set<String> repeated;

    private Parameters(Map<String, List<String>> values, Set<String> named, Set<String> repeated) {
        this.values = values;
        this.named = named;
        this.repeated = repeated;
    }

    /// Decodes parameters.
    ///
    /// @throws Refusal (invalid_request) if the text is malformed or exceeds one of the limits above
    public static Parameters parse(String encoded) throws Refusal {
        var values = new LinkedHashMap<String, List<String>>();
        var named = new HashSet<String>();
        var repeated = new LinkedHashSet<String>();
        int count = 0;
        for (String pair : encoded.split("&")) {
            if (pair.isEmpty()) {
                continue;
            }
            if (++count > MAX_COUNT) {
                throw invalid("there are too many parameters");
            }
            int equals = pair.indexOf('=');
            String name = decode(equals < 0 ? pair : pair.substring(0, equals));
            String value = equals < 0 ? "" : decode(pair.substring(equals + 1));
            named.add(name);
            if (value.isEmpty()) {
                continue;
            }
            List<String> known = values.computeIfAbsent(name, _ -> new ArrayList<>(1));
            if (!known.isEmpty() && !REPEATABLE.contains(name)) {
                repeated.add(name);
            }
            known.add(value);
        }
        return new Parameters(values, named, repeated);
    }

    private static String decode(String encoded) throws Refusal {
        if (encoded.length() > 3 * MAX_LENGTH) {
            throw invalid("a parameter is too long");
        }
        var bytes = new ByteArrayOutputStream(encoded.length());
        for (int i = 0; i < encoded.length(); i++) {
            char c = encoded.charAt(i);
            if (c == '%') {
                bytes.write(hexDigit(encoded, i + 1) << 4 | hexDigit(encoded, i + 2));
                i += 2;
            } else if (c > ' ' && c < 0x7f) {
                bytes.write(c == '+' ? ' ' : c);
            } else {
                throw invalid("a parameter has characters that are not percent-encoded");
            }
        }
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes.toByteArray())).toString();
            if (text.length() > MAX_LENGTH) {
                throw invalid("a parameter is too long");
            }
            if (text.chars().anyMatch(c -> Character.isISOControl(c) && c != '\n' && c != '\r' && c != '\t')) {
                throw invalid("a parameter has control characters");
            }
            return text;
        } catch (CharacterCodingException malformed) {
            throw invalid("a parameter is not UTF-8");
        }
    }

    private static int hexDigit(String encoded, int index) throws Refusal {
        // Character.digit accepts the digits of other scripts too.
        char c = index < encoded.length() ? encoded.charAt(index) : ' ';
        int digit = c < 128 ? Character.digit(c, 16) : -1;
        if (digit < 0) {
            throw invalid("a parameter has a broken percent escape");
        }
        return digit;
    }

    /// Refuses the request if a parameter is repeated that a standard defines.
    ///
    /// @throws Refusal (invalid_request)
    public void refuseRepeated() throws Refusal {
        List<String> defined = repeated.stream().filter(DEFINED::contains).toList();
        if (!defined.isEmpty()) {
            throw new Refusal(OAuthError.INVALID_REQUEST, "a parameter is repeated",
                    "repeated: " + String.join(" ", defined));
        }
    }

    /// The value of that name, if it has one.
    ///
    /// @throws Refusal (invalid_request) if the name is repeated
    public Optional<String> get(String name) throws Refusal {
        if (repeated.contains(name)) {
            throw invalid(name + " is repeated");
        }
        return once(name);
    }

    /// The value of that name, for an answer about parameters that may be at fault: empty if the name is repeated.
    public Optional<String> once(String name) {
        return repeated.contains(name) ? Optional.empty() : all(name).stream().findFirst();
    }

    /// Whether there is a parameter of that name, even one without a value.
    public boolean names(String name) {
        return named.contains(name);
    }

    /// The value of that name.
    ///
    /// @throws Refusal (invalid_request) if it has none, or the name is repeated
    public String require(String name) throws Refusal {
        return get(name).orElseThrow(() -> invalid(name + " is missing"));
    }

    /// The values of a name that may be repeated, without empty ones.
    public List<String> all(String name) {
        return values.getOrDefault(name, List.of());
    }

    private static Refusal invalid(String description) {
        return new Refusal(OAuthError.INVALID_REQUEST, description);
    }
}
