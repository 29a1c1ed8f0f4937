package tsidp.json;

import java.util.Random;

/// The seed of random tests: new in each run, or the one of `-Dtsidp.seed=…`.
public final class Seed {

    private static final long VALUE = Long.getLong("tsidp.seed", System.nanoTime());

    private Seed() {
    }

    /// Random numbers that the seed decides.
    public static Random random() {
        return new Random(VALUE);
    }

    /// The message of a failure, so that it can be reproduced.
    public static String again() {
        return "again with -Dtsidp.seed=" + VALUE;
    }
}
