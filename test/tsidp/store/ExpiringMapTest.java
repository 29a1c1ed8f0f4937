package tsidp.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import tsidp.fake.MovableClock;
import tsidp.json.Seed;
import tsidp.store.ExpiringMap.Bound;

class ExpiringMapTest {

    private static final int CAPACITY = 5;

    private final MovableClock clock = new MovableClock(Instant.parse("2026-11-24T10:00:00Z"));
    private final List<String> warnings = new ArrayList<>();
    private final ExpiringMap<String, Integer> map = new ExpiringMap<>(CAPACITY, clock);

    private Instant in(int seconds) {
        return clock.instant().plusSeconds(seconds);
    }

    @Test
    void anEntryIsThereUntilItsEndAndNotAtIt() {
        map.put("a", 1, in(10));
        clock.pass(Duration.ofSeconds(10).minusNanos(1));
        assertEquals(Optional.of(1), map.get("a"));
        clock.pass(Duration.ofNanos(1));
        assertEquals(Optional.empty(), map.get("a"));
        assertEquals(Optional.empty(), map.take("a"));
    }

    @Test
    void theOldestGivesWayWhereItIsFull() {
        for (int i = 0; i < CAPACITY; i++) {
            assertEquals(List.of(), map.put("k" + i, i, in(10)));
        }
        assertEquals(List.of(0), map.put("new", 9, in(10)));
        assertEquals(List.of(), map.put("k1", 11, in(10)));
        assertEquals(List.of(2), map.put("newer", 10, in(10)));
        assertEquals(CAPACITY, map.size());
    }

    /// Odd and even numbers are the owners.
    @Test
    void anOwnersOldestGivesWayToTheirOwn() {
        var owned = new ExpiringMap<String, Integer>(_ -> 1, List.of(new Bound<>("numbers of one kind",
                number -> number % 2, 2, CAPACITY), new Bound<>("numbers", _ -> "", CAPACITY, CAPACITY)), clock,
                warnings::add);
        owned.put("a", 1, in(10));
        owned.put("b", 2, in(10));
        owned.put("c", 3, in(10));
        assertEquals(List.of(1), owned.put("d", 5, in(10)));
        assertEquals(List.of(2, 3, 5), owned.values());
        // What was taken, was replaced or has expired no longer counts.
        owned.take("c");
        assertEquals(List.of(), owned.put("e", 7, in(10)));
        assertEquals(List.of(), owned.put("e", 9, in(10)));
        assertEquals(List.of(2, 5, 9), owned.values());
        clock.pass(Duration.ofSeconds(10));
        owned.expire();
        assertEquals(List.of(), owned.put("f", 1, in(10)));
        assertEquals(List.of(), owned.put("g", 3, in(10)));
        assertEquals(List.of(1), owned.put("h", 5, in(10)));
    }

    /// A number weighs what it is; odd and even ones may weigh 10 each, all of them 15.
    @Test
    void weightIsBoundedAsNumberIs() {
        var heavy = new ExpiringMap<String, Integer>(number -> number, List.of(new Bound<>("numbers of one kind",
                number -> number % 2, CAPACITY, 10), new Bound<>("numbers", _ -> "", CAPACITY, 15)), clock,
                warnings::add);
        heavy.put("a", 3, in(10));
        assertEquals(List.of(), warnings);
        heavy.put("b", 7, in(10));
        List<String> near = List.of("the limit of numbers of one kind is near (5, or 0 KiB of memory): beyond it the"
                + " oldest are dropped");
        assertEquals(near, warnings);
        assertEquals(List.of(3), heavy.put("c", 1, in(10)));
        assertEquals(List.of(), heavy.put("c", 3, in(10)));
        assertEquals(List.of(7), heavy.put("d", 8, in(10)));
        assertEquals(List.of(3, 8), heavy.values());
        assertEquals("the limit of numbers is near (5, or 0 KiB of memory): beyond it the oldest are dropped",
                warnings.getLast());
        // A value that is heavier than its bound is kept alone: the caller bounds each.
        assertEquals(List.of(8, 3), heavy.put("e", 100, in(10)));
        assertEquals(List.of(100), heavy.put("f", 1, in(10)));
        heavy.put("g", 3, in(10));
        heavy.put("h", 5, in(10));
        // A value that became lighter makes room, one that became heavier takes it.
        heavy.replaceAll(number -> number == 5 ? 1 : number);
        assertEquals(List.of(), heavy.put("i", 5, in(10)));
        heavy.replaceAll(number -> number == 3 ? 11 : number);
        assertEquals(List.of(1, 11), heavy.put("j", 4, in(10)));
        assertEquals(List.of(1, 5, 4), heavy.values());
    }

    @Test
    void nothingExpiredIsKept() {
        for (int i = 0; i < CAPACITY; i++) {
            map.put("k" + i, i, in(10));
        }
        clock.pass(Duration.ofSeconds(10));
        assertEquals(List.of(0, 1, 2, 3, 4), map.expire());
        assertEquals(0, map.size());
    }

    @Test
    void ofManyTakersOneGetsIt() {
        for (int round = 0; round < 200; round++) {
            map.put("a", 1, in(10));
            var taken = new AtomicInteger();
            try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int i = 0; i < 8; i++) {
                    executor.submit(() -> map.take("a").ifPresent(taken::addAndGet));
                }
            }
            assertEquals(1, taken.get());
        }
    }

    private record Naive(String key, int value, Instant end) {
    }

    @Test
    void itBehavesLikeAListThatIsSearched() {
        Random random = Seed.random();
        var list = new ArrayList<Naive>();
        for (int i = 0; i < 50_000; i++) {
            String key = "k" + random.nextInt(9);
            switch (random.nextInt(5)) {
                case 0, 1 -> {
                    list.removeIf(entry -> entry.key().equals(key) || !clock.instant().isBefore(entry.end()));
                    if (list.size() == CAPACITY) {
                        list.removeFirst();
                    }
                    list.add(new Naive(key, i, in(10)));
                    map.put(key, i, in(10));
                }
                case 2 -> {
                    assertEquals(found(list, key), map.take(key), Seed.again());
                    list.removeIf(entry -> entry.key().equals(key));
                }
                case 3 -> assertEquals(found(list, key), map.get(key), Seed.again());
                default -> clock.pass(Duration.ofSeconds(random.nextInt(8)));
            }
            assertEquals(list.stream().filter(this::isLive).map(Naive::value).toList(), map.values(), Seed.again());
            assertTrue(map.size() <= CAPACITY, Seed.again());
        }
    }

    private Optional<Integer> found(List<Naive> list, String key) {
        return list.stream().filter(entry -> entry.key().equals(key) && isLive(entry)).map(Naive::value).findFirst();
    }

    private boolean isLive(Naive entry) {
        return clock.instant().isBefore(entry.end());
    }
}
