package tsidp.page;

import java.util.Map;
import tsidp.http.Html;
import tsidp.person.Person;

/// The frame of pages to work with: who is signed in, the navigation, and the content.
public final class Layout {

    private Layout() {
    }

    /// An admin page.
    public static Html admin(String title, Person person, Html content) {
        return page(title, person, Html.template("nav.html", Map.of()), content);
    }

    /// A page for anybody.
    public static Html page(String title, Person person, Html content) {
        return page(title, person, Html.NONE, content);
    }

    private static Html page(String title, Person person, Html navigation, Html content) {
        return Html.template("page.html", Map.of("title", Html.text(title), "user", Html.text(person.loginName()),
                "navigation", navigation, "content", content, "version", Html.text(Version.TEXT)));
    }
}
