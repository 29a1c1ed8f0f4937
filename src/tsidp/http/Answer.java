package tsidp.http;

import tsidp.json.JsonObject;

/// What an endpoint answers. One writer turns it into status, headers and body.
public sealed interface Answer {

    /// A JSON object that nobody may store.
    record Document(int status, JsonObject json) implements Answer {
    }

    /// A JSON object that is the same for everybody and may be kept for a few minutes.
    record PublicDocument(JsonObject json) implements Answer {
    }

    /// A redirect (RFC 9110 §15.4.3).
    record Redirect(String location) implements Answer {
    }

    /// A page for a person.
    record Page(int status, Html html) implements Answer {
    }

    /// A sentence as plain text.
    record Text(int status, String text) implements Answer {
    }

    /// A file of ours, the same for everybody.
    record Asset(String mediaType, byte[] content) implements Answer {
    }
}
