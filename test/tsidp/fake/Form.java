package tsidp.fake;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/// A form on one of our pages, as a browser would send it: its address and hidden fields, to which a test adds.
///
/// @param action where it is sent
public record Form(String action, Map<String, String> fields) {

    private static final Pattern ACTION = Pattern.compile("<form[^>]* action=\"([^\"]*)\" method=\"post\"");
    private static final Pattern HIDDEN = Pattern.compile(
            "<input type=\"hidden\" name=\"([^\"]*)\" value=\"([^\"]*)\">");

    /// The first form on a page that uses POST.
    public static Form of(Reply page) {
        var action = ACTION.matcher(page.text());
        if (!action.find()) {
            throw new AssertionError("no form: " + page);
        }
        var fields = new LinkedHashMap<String, String>();
        String form = page.text().substring(action.start(), page.text().indexOf("</form>", action.start()));
        for (var hidden = HIDDEN.matcher(form); hidden.find();) {
            fields.put(hidden.group(1), unescape(hidden.group(2)));
        }
        return new Form(unescape(action.group(1)), fields);
    }

    /// The form with a field, which replaces another with the same name.
    public Form with(String name, String value) {
        var changed = new LinkedHashMap<>(fields);
        changed.put(name, value);
        return new Form(action, changed);
    }

    /// The form without a field.
    public Form without(String name) {
        var changed = new LinkedHashMap<>(fields);
        changed.remove(name);
        return new Form(action, changed);
    }

    /// Sends it as a browser does from the page itself; further headers are alternating names and values.
    public Reply send(Browser browser, String... headers) {
        return browser.post(action, fields, headers);
    }

    private static String unescape(String text) {
        return text.replace("&quot;", "\"").replace("&#39;", "'").replace("&lt;", "<").replace("&gt;", ">")
                .replace("&amp;", "&");
    }
}
