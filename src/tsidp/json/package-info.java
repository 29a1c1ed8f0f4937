/// JSON as a sealed family of immutable values (RFC 8259), strict where the RFC leaves a choice.
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
/// Depends on nothing else in the program.
package tsidp.json;
