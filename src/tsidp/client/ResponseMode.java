package tsidp.client;

import java.util.Arrays;
import java.util.List;

/// How an answer to an authorization request reaches the client (`response_mode`; OAuth 2.0 Multiple Response Type
/// Encoding Practices §2.1, OAuth 2.0 Form Post Response Mode §2).
public enum ResponseMode {
    /// In the query of the redirect URI; the default of the code flow.
    QUERY("query"),
    /// In its fragment.
    FRAGMENT("fragment"),
    /// In the body of a POST that a page of ours sends there.
    FORM_POST("form_post");

    /// All of them, as listed in the metadata.
    public static final List<String> SUPPORTED = Arrays.stream(values()).map(mode -> mode.wireName).toList();

    private final String wireName;

    ResponseMode(String wireName) {
        this.wireName = wireName;
    }

    /// The value of `response_mode`.
    public String wireName() {
        return wireName;
    }
}
