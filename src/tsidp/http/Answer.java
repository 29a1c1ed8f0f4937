package tsidp.http;

import tsidp.json.JsonObject;
import tsidp.json.JsonValue;

/// What an endpoint answers. One writer turns it into status, headers and body.
public sealed interface Answer {

    /// JSON that must not be cached.
    record Document(int status, JsonValue json) implements Answer {
    }

    /// A JSON object that is the same for everybody and may be cached for a few minutes.
    record PublicDocument(JsonObject json) implements Answer {
    }

    /// A redirect.
    record Redirect(int status, String location) implements Answer {

        /// A redirect after which a GET follows (RFC 9110 §15.4.3).
        public Redirect(String location) {
            this(302, location);
        }
    }

    /// An answer that sets our cookie.
    ///
    /// @param cookie the value of `Set-Cookie`
    record Setting(Answer answer, String cookie) implements Answer {
    }

    /// Success without content.
    record Empty() implements Answer {
    }

    /// A page for a person.
    ///
    /// @param formAction where its forms may lead: `form-action` sources (Content Security Policy 3 §6.3.1)
    /// @param scripts which scripts it may run: `script-src` sources (§6.1.11)
    record Page(int status, Html html, String formAction, String scripts) implements Answer {

        /// A page whose forms lead to our own pages only, and whose scripts are our files.
        public Page(int status, Html html) {
            this(status, html, "'self'", "'self'");
        }
    }

    /// A sentence as plain text.
    record Text(int status, String text) implements Answer {
    }

    /// A static file, the same for everybody.
    record Asset(String mediaType, byte[] content) implements Answer {
    }
}
