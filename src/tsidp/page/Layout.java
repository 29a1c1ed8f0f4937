package tsidp.page;

import java.util.Map;
import tsidp.http.Html;
import tsidp.person.Person;

/// The frame of the pages that somebody works with: who they are, where they can go, and one heading's content.
public final class Layout {

    private Layout() {
    }

    /// A page of the administration.
    public static Html admin(String title, Person person, Html content) {
        return page(title, person, Html.template("nav.html", Map.of()), content);
    }

    /// A page for anybody.
    public static Html page(String title, Person person, Html content) {
        return page(title, person, Html.NONE, content);
    }

    private static Html page(String title, Person person, Html navigation, Html content) {
        return Html.template("page.html", Map.of("title", Html.text(title), "user", Html.text(person.loginName()),
                "navigation", navigation, "content", content));
    }
}
