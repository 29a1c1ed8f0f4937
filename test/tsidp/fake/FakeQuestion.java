package tsidp.fake;

/// A question to the simulated LocalAPI.
///
/// @param head without the empty line
record FakeQuestion(String head, byte[] body) {

    String method() {
        return head.substring(0, head.indexOf(' '));
    }

    /// The target (`/localapi/v0/…`), its query included.
    String target() {
        return head.split(" ", 3)[1];
    }

    String path() {
        return target().split("\\?", 2)[0];
    }

    String header(String name) {
        for (String line : head.split("\r\n")) {
            if (line.regionMatches(true, 0, name + ":", 0, name.length() + 1)) {
                return line.substring(name.length() + 1).strip();
            }
        }
        return "";
    }

    static int length(String head) {
        String length = new FakeQuestion(head, new byte[0]).header("Content-Length");
        return length.isEmpty() ? 0 : Integer.parseInt(length);
    }
}
