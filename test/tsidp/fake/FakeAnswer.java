package tsidp.fake;

import java.nio.charset.StandardCharsets;
import tsidp.json.JsonObject;
import tsidp.json.JsonWriter;

/// An answer of the simulated LocalAPI.
///
/// @param etag empty if it has none
record FakeAnswer(int status, String type, String etag, byte[] body) {

    FakeAnswer(int status, String type, byte[] body) {
        this(status, type, "", body);
    }

    FakeAnswer tagged(String newEtag) {
        return new FakeAnswer(status, type, newEtag, body);
    }

    static FakeAnswer json(JsonObject json) {
        return new FakeAnswer(200, "application/json", JsonWriter.writeBytes(json));
    }

    static FakeAnswer text(int status, String text) {
        return new FakeAnswer(status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
    }
}
