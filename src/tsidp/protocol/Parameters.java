package tsidp.protocol;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
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
    public static final Parameters NONE = new Parameters(Map.of(), Set.of());

    /// From the standards: the parameters that may be repeated (RFC 8707 §2, RFC 8693 §2.1).
    private static final Set<String> REPEATABLE = Set.of("resource", "audience");

    /// Ours: more than any client sends.
    private static final int MAX_COUNT = 64;

    /// Ours, in characters. The longest that clients send is a `state` that contains a URL.
    private static final int MAX_LENGTH = 8192;

    private final Map<String, List<String>> values;
    private final Set<String> repeated;

    private Parameters(Map<String, List<String>> values, Set<String> repeated) {
        this.values = values;
        this.repeated = repeated;
    }

    /// Decodes parameters.
    ///
    /// @throws Refusal (invalid_request) if the text is malformed or exceeds one of the limits above
    public static Parameters parse(String encoded) throws Refusal {
        var values = new LinkedHashMap<String, List<String>>();
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
            List<String> known = values.computeIfAbsent(name, _ -> new ArrayList<>(1));
            if (!known.isEmpty() && !REPEATABLE.contains(name)) {
                repeated.add(name);
            }
            known.add(value);
        }
        return new Parameters(values, repeated);
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

    /// Refuses the request if a parameter is repeated that must not be (RFC 6749 §3.1, §3.2).
    ///
    /// @throws Refusal (invalid_request)
    public void refuseRepeated() throws Refusal {
        if (!repeated.isEmpty()) {
            throw new Refusal(OAuthError.INVALID_REQUEST, "a parameter is repeated",
                    "repeated: " + String.join(" ", repeated));
        }
    }

    /// The value of that name, if it has one.
    ///
    /// @throws Refusal (invalid_request) if the name is repeated
    public Optional<String> get(String name) throws Refusal {
        if (repeated.contains(name)) {
            throw invalid(name + " is repeated");
        }
        return values.getOrDefault(name, List.of()).stream().filter(value -> !value.isEmpty()).findFirst();
    }

    /// Whether there is a parameter of that name, even one without a value.
    public boolean names(String name) {
        return values.containsKey(name);
    }

    /// The value of that name.
    ///
    /// @throws Refusal (invalid_request) if it has none, or the name is repeated
    public String require(String name) throws Refusal {
        return get(name).orElseThrow(() -> invalid(name + " is missing"));
    }

    /// The values of a name that may be repeated, without empty ones.
    public List<String> all(String name) {
        return values.getOrDefault(name, List.of()).stream().filter(value -> !value.isEmpty()).toList();
    }

    private static Refusal invalid(String description) {
        return new Refusal(OAuthError.INVALID_REQUEST, description);
    }
}
