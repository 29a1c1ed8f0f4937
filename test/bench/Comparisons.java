import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import tsidp.protocol.Secrets;

/// Measures whether `Secrets.equal` takes the same time wherever two secrets differ: 10 million comparisons with an
/// equal text, 10 million with one that is wrong in its first character, 10 million in its last. The kinds take
/// turns in short rounds, in an order that changes, so that a change of the machine's pace hits all; the medians of
/// the rounds are compared. `String.equals` runs beside it, to show that a difference would be seen.
final class Comparisons {

    private static final int TRIES = 10_000_000;
    private static final int ROUND = 2_000;
    private static final int LENGTH = 64; // a client secret: 32 bytes in hexadecimal

    private static final String[] KINDS = {"equal", "first character wrong", "last character wrong"};

    private interface Comparison {
        boolean equal(String a, String b);
    }

    private Comparisons() {
    }

    public static void main(String[] arguments) {
        measure("Secrets.equal", Secrets::equal);
        measure("String.equals, for comparison", String::equals);
    }

    private static void measure(String name, Comparison comparison) {
        byte[] random = new byte[LENGTH * 3 / 4];
        new SecureRandom().nextBytes(random);
        String secret = Base64.getUrlEncoder().encodeToString(random);
        // Other objects, or String.equals would be done at once; characters outside Base64's alphabet differ for sure.
        String[] given = {new String(secret.toCharArray()), "!" + secret.substring(1),
            secret.substring(0, LENGTH - 1) + "!"};
        rounds(comparison, secret, given); // compiles it
        double[][] times = rounds(comparison, secret, given);
        System.out.println(name + ", medians of " + TRIES / ROUND + " rounds of " + ROUND + ":");
        double equal = median(times[0]);
        for (int kind = 0; kind < KINDS.length; kind++) {
            System.out.printf(Locale.ROOT, "  %-22s %7.2f ns   %.4f%n", KINDS[kind], median(times[kind]),
                    median(times[kind]) / equal);
        }
    }

    private static double[][] rounds(Comparison comparison, String secret, String[] given) {
        double[][] times = new double[KINDS.length][TRIES / ROUND];
        for (int round = 0; round < TRIES / ROUND; round++) {
            for (int turn = 0; turn < KINDS.length; turn++) {
                int kind = (turn + round) % KINDS.length;
                int equal = 0;
                long begin = System.nanoTime();
                for (int i = 0; i < ROUND; i++) {
                    equal += comparison.equal(secret, given[kind]) ? 1 : 0;
                }
                times[kind][round] = (System.nanoTime() - begin) / (double) ROUND;
                if (equal != (kind == 0 ? ROUND : 0)) {
                    throw new AssertionError(KINDS[kind] + " is equal " + equal + " times");
                }
            }
        }
        return times;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
