package tsidp.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// HTML in which every text is escaped. Only `text` and the files of web/ make it, so a String from outside can't reach
/// a page as markup.
public final class Html {

    private final String markup;

    private Html(String markup) {
        this.markup = markup;
    }

    /// A text, escaped for an element's content and for an attribute in quotes.
    public static Html text(String text) {
        return new Html(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;")
                .replace("'", "&#39;"));
    }

    /// Nothing.
    public static final Html NONE = new Html("");

    /// One after the other.
    public static Html of(List<Html> parts) {
        return new Html(parts.stream().map(Html::toString).collect(Collectors.joining()));
    }

    /// A file of web/ with each `{{name}}` replaced by the value of that name.
    ///
    /// @throws IllegalArgumentException if the file names a value that is not given
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

    /// A file of web/ that names one value, a text.
    public static Html template(String file, String name, String text) {
        return template(file, Map.of(name, text(text)));
    }

    /// The content of a file of web/.
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
