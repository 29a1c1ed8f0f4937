/// JSON as a sealed family of immutable values (RFC 8259), strict where the RFC leaves room.
///
/// ```
/// text ── JsonReader.read ──▶ JsonValue ── JsonWriter.write ──▶ text
///                              ├ JsonObject   members in order, names unique
///                              ├ JsonArray
///                              ├ JsonString
///                              ├ JsonNumber   keeps its text: an unsigned 64-bit `kid` survives
///                              ├ JsonBoolean
///                              └ JsonNull
/// ```
///
/// Knows nothing of the rest of the program.
package tsidp.json;
