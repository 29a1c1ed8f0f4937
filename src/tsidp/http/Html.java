package tsidp.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// HTML in which every text is escaped. It is made only by `text` and from the files in web/, so an untrusted String
/// can't reach a page as markup.
public final class Html {

    private final String markup;

    private Html(String markup) {
        this.markup = markup;
    }

    /// A text, escaped for element content and for quoted attributes.
    public static Html text(String text) {
        return new Html(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;")
                .replace("'", "&#39;"));
    }

    /// Empty markup.
    public static final Html NONE = new Html("");

    /// The parts, concatenated.
    public static Html of(List<Html> parts) {
        return new Html(parts.stream().map(Html::toString).collect(Collectors.joining()));
    }

    /// A file in web/ with each `{{name}}` replaced by the value of that name.
    ///
    /// @throws IllegalArgumentException if the file names a value that was not passed
    public static Html template(String file, Map<String, Html> values) {
        String template = new String(file(file), StandardCharsets.UTF_8);
        var filled = new StringBuilder(template.length() + 512);
        int from = 0;
        for (int open = template.indexOf("{{"); open >= 0; open = template.indexOf("{{", from)) {
            int close = template.indexOf("}}", open);
            String name = template.substring(open + 2, close);
            if (!values.containsKey(name)) {
                throw new IllegalArgumentException(file + " names " + name);
            }
            filled.append(template, from, open).append(values.get(name).markup);
            from = close + 2;
        }
        return new Html(filled.append(template, from, template.length()).toString());
    }

    /// A file in web/ with one value, a text.
    public static Html template(String file, String name, String text) {
        return template(file, Map.of(name, text(text)));
    }

    /// The content of a file in web/.
    public static byte[] file(String name) {
        try (InputStream in = Html.class.getResourceAsStream("/web/" + name)) {
            if (in == null) {
                throw new IllegalArgumentException("web/ has no " + name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The markup.
    @Override
    public String toString() {
        return markup;
    }
}
