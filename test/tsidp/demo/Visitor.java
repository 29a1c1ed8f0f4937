package tsidp.demo;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import tsidp.fake.FakeTailnet;

/// Who the demo's visitor can be: the person to whom the simulated tailnet assigns this machine's connections.
enum Visitor {
    ALICE(FakeTailnet.ALICE, "Alice"),
    BOB(FakeTailnet.BOB, "Bob"),
    CAROL(FakeTailnet.CAROL, "Carol"),
    PRINTER(FakeTailnet.PRINTER, "the printer"),
    NOBODY("", "nobody");

    private final String tailnetName;
    private final String spoken;

    Visitor(String tailnetName, String spoken) {
        this.tailnetName = tailnetName;
        this.spoken = spoken;
    }

    static Optional<Visitor> named(String wireName) {
        return Arrays.stream(values()).filter(visitor -> visitor.wireName().equals(wireName)).findFirst();
    }

    /// The value in the page's form.
    String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// As in "you are Alice".
    String spoken() {
        return spoken;
    }

    void speakAt(FakeTailnet tailnet) {
        if (tailnetName.isEmpty()) {
            tailnet.speaksForNobody();
        } else {
            tailnet.speaksFor(tailnetName);
        }
    }
}
