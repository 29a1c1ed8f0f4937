package tsidp.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tsidp.fake.MovableClock;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.json.Members;
import tsidp.store.ExpiringMap.Bound;

/// What every implementation of `Entries` must do: in memory, in a file, in the ledger.
@Timeout(60)
class EntriesTest {

    private static final Duration LIFETIME = Duration.ofHours(1);
    private static final String KEPT_IN_MEMORY = "something";
    private static final String IN_A_FILE = "clients";
    private static final String IN_THE_LEDGER = "sign-ins";

    private record Thing(String id, String text, Instant made) {
    }

    private static final Codec<Thing> CODEC = new Codec<>(thing -> JsonObject.EMPTY.with("id", JsonValue.of(thing.id()))
            .with("text", JsonValue.of(thing.text())).with("made", JsonValue.of(thing.made().getEpochSecond())),
            (key, written) -> new Thing(key, Members.of(written).text("text"), Members.of(written).second("made")));

    @TempDir
    private Path temporary;

    private final MovableClock clock = MovableClock.atPresent();
    private final List<String> warnings = new ArrayList<>();
    private StateDirectory directory;
    private LocalStore store;

    @BeforeEach
    void open() {
        directory = StateDirectory.open(temporary);
        store = new LocalStore(directory, SteadyClock.of(clock), warnings::add);
    }

    @AfterEach
    void close() {
        store.close();
        directory.close();
    }

    private Entries<Thing> entries(String kind) {
        return store.open(new Kind<>(kind, CODEC, thing -> thing.made().plus(LIFETIME),
                thing -> thing.text().equals("trim") ? thing("trimmed") : thing, _ -> 1,
                List.of(new Bound<>("things", _ -> "", 10, 10))));
    }

    private Thing thing(String text) {
        return new Thing("a", text, Instant.ofEpochSecond(clock.instant().getEpochSecond()));
    }

    private Thing thing(String id, String text) {
        return new Thing(id, text, thing(text).made());
    }

    private static Set<String> texts(List<Entry<Thing>> list) {
        return list.stream().map(entry -> entry.value().text()).collect(Collectors.toSet());
    }

    private static boolean commits(Entries<Thing> entries, Change<?>... changes) {
        Optional<Receipt> receipt = entries.commit(List.of(changes));
        receipt.ifPresent(Receipt::await);
        return receipt.isPresent();
    }

    @ParameterizedTest
    @ValueSource(strings = {KEPT_IN_MEMORY, IN_A_FILE, IN_THE_LEDGER})
    void anEntryChangesOnlyAsLongAsItIsTheOneThatWasRead(String kind) {
        Entries<Thing> entries = entries(kind);
        assertEquals(Optional.empty(), entries.get("a"));
        assertTrue(commits(entries, entries.put("a", thing("one"))));
        assertFalse(commits(entries, entries.put("a", thing("two"))), "it is there already");
        Entry<Thing> one = entries.get("a").orElseThrow();
        assertEquals(thing("one"), one.value());
        assertTrue(commits(entries, entries.replace(one, thing("two"))));
        assertFalse(commits(entries, entries.replace(one, thing("three"))));
        assertFalse(commits(entries, entries.remove(one)));
        Entry<Thing> two = entries.get("a").orElseThrow();
        assertTrue(two.revision() > one.revision());
        assertTrue(commits(entries, entries.remove(two)));
        assertEquals(Optional.empty(), entries.get("a"));
        assertFalse(commits(entries, entries.remove(two)));
        assertFalse(commits(entries, entries.replace(two, thing("three"))));
        assertTrue(commits(entries, entries.put("a", thing("one"))));
        assertFalse(commits(entries, entries.remove(one)), "the same value again is another entry");
    }

    @ParameterizedTest
    @ValueSource(strings = {KEPT_IN_MEMORY, IN_A_FILE, IN_THE_LEDGER})
    void ofSeveralChangesAllHappenOrNone(String kind) {
        Entries<Thing> entries = entries(kind);
        assertTrue(commits(entries, entries.put("a", thing("a")), entries.put("b", thing("b", "b"))));
        Entry<Thing> a = entries.get("a").orElseThrow();
        assertFalse(commits(entries, entries.remove(a), entries.put("b", thing("b", "c"))));
        assertFalse(commits(entries, entries.put("c", thing("c", "c")), entries.put("b", thing("b", "c"))));
        assertEquals(Set.of("a", "b"), texts(entries.list("")));
    }

    @ParameterizedTest
    @ValueSource(strings = {KEPT_IN_MEMORY, IN_A_FILE, IN_THE_LEDGER})
    void aListIsByPrefix(String kind) {
        Entries<Thing> entries = entries(kind);
        for (String key : List.of("a", "ab", "abc", "b", "ba")) {
            entries.change(key, _ -> Optional.of(thing(key, key)));
        }
        assertEquals(Set.of("ab", "abc"), texts(entries.list("ab")));
        assertEquals(Set.of("a", "ab", "abc", "b", "ba"), texts(entries.list("")));
        assertEquals(Set.of(), texts(entries.list("c")));
        assertEquals(List.of("ab"), entries.removeIf("ab", entry -> !entry.key().equals("abc")).stream()
                .map(Entry::key).toList());
        assertEquals(List.of(), entries.removeIf("ab", entry -> !entry.key().equals("abc")));
        assertEquals(Set.of("a", "abc", "b", "ba"), texts(entries.list("")));
    }

    @ParameterizedTest
    @ValueSource(strings = {KEPT_IN_MEMORY, IN_A_FILE, IN_THE_LEDGER})
    void whoeverWatchesIsToldOfEachChangeAndOfNoOther(String kind) {
        Entries<Thing> entries = entries(kind);
        var told = new ArrayList<String>();
        entries.watch(key -> told.add(key + entries.get(key).map(entry -> entry.value().text()).orElse("-")));
        entries.change("a", _ -> Optional.of(thing("one")));
        entries.change("a", found -> found);
        commits(entries, entries.put("a", thing("two")));
        entries.change("a", _ -> Optional.of(thing("two")));
        entries.change("a", _ -> Optional.empty());
        assertEquals(List.of("aone", "atwo", "a-"), told);
    }

    @ParameterizedTest
    @ValueSource(strings = {KEPT_IN_MEMORY, IN_A_FILE, IN_THE_LEDGER})
    void changesOfManyAreAllMade(String kind) throws Exception {
        Entries<Thing> entries = entries(kind);
        entries.change("a", _ -> Optional.of(thing("")));
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Optional<Thing>>> tasks = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                tasks.add(() -> entries.change("a", found -> Optional.of(thing(found.orElseThrow().text() + "x"))));
            }
            for (var task : executor.invokeAll(tasks)) {
                task.get();
            }
        }
        assertEquals("x".repeat(16), entries.get("a").orElseThrow().value().text());
    }

    @ParameterizedTest
    @ValueSource(strings = {IN_A_FILE, IN_THE_LEDGER})
    void whatWasChangedIsThereAfterARestart(String kind) {
        Entries<Thing> before = entries(kind);
        for (String key : List.of("a", "b", "c")) {
            before.change(key, _ -> Optional.of(thing(key, key)));
            before.change(key, found -> Optional.of(thing(key, found.orElseThrow().text() + "!")));
        }
        before.change("b", _ -> Optional.empty());
        close();
        open();
        Entries<Thing> after = entries(kind);
        assertEquals(Set.of("a!", "c!"), texts(after.list("")));
        assertEquals(Optional.of(thing("c", "c!")), after.get("c").map(Entry::value));
    }

    @ParameterizedTest
    @ValueSource(strings = {KEPT_IN_MEMORY, IN_A_FILE, IN_THE_LEDGER})
    void theOldestGiveWayAndAWarningComesBefore(String kind) {
        Entries<Thing> entries = entries(kind);
        for (int i = 0; i < 9; i++) {
            String key = "k" + i;
            entries.change(key, _ -> Optional.of(thing(key, key)));
        }
        assertEquals(List.of(), warnings);
        for (int i = 9; i < 12; i++) {
            String key = "k" + i;
            entries.change(key, _ -> Optional.of(thing(key, key)));
            assertEquals(i != 9, entries.get("k0").isEmpty(), key);
        }
        assertEquals(Set.of("k2", "k3", "k4", "k5", "k6", "k7", "k8", "k9", "k10", "k11"), texts(entries.list("")));
        assertEquals(List.of("the limit of things is near (10, or 0 KiB of memory): beyond it the oldest are dropped"),
                warnings);
        if (!kind.equals(KEPT_IN_MEMORY)) {
            close();
            open();
            assertEquals(10, entries(kind).list("k").size());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {KEPT_IN_MEMORY, IN_THE_LEDGER})
    void whatHasExpiredIsGoneAndWhatIsObsoleteIsTrimmed(String kind) {
        Entries<Thing> entries = entries(kind);
        entries.change("a", _ -> Optional.of(thing("trim")));
        Entry<Thing> read = entries.get("a").orElseThrow();
        store.expire();
        assertEquals("trimmed", entries.get("a").orElseThrow().value().text());
        assertTrue(commits(entries, entries.replace(read, thing("changed"))), "that was no change");
        clock.pass(LIFETIME);
        assertEquals(Optional.empty(), entries.get("a"));
        assertEquals(List.of(), entries.list(""));
        assertTrue(commits(entries, entries.put("a", thing("again"))));
    }

    /// As when a code is redeemed: it is of one kind, what it opens of another.
    @Test
    void changesOfTwoKindsAreMadeTogetherAndUndoneTogether() throws Exception {
        Entries<Thing> memory = entries(KEPT_IN_MEMORY);
        Entries<Thing> ledger = entries(IN_THE_LEDGER);
        memory.change("code", _ -> Optional.of(thing("code")));
        Entry<Thing> code = memory.get("code").orElseThrow();
        Path blocked = Files.createDirectories(temporary.resolve("tsidp-grants.log.new/full"));
        store.followClock();
        assertThrows(StoreException.class, () -> commits(ledger, memory.remove(code), ledger.put("a", thing("a"))));
        assertTrue(commits(memory, memory.replace(code, thing("b"))), "it is as it was");
        assertEquals(Optional.empty(), ledger.get("a"));
        Files.delete(blocked);
        Files.delete(blocked.getParent());
        Entry<Thing> again = memory.get("code").orElseThrow();
        assertTrue(commits(ledger, memory.remove(again), ledger.put("a", thing("a"))));
        assertFalse(commits(ledger, memory.remove(again), ledger.put("b", thing("b"))));
        assertEquals(Set.of("a"), texts(ledger.list("")));
    }

    private void failWrites() throws Exception {
        Files.createDirectories(temporary.resolve("tsidp-grants.log.new/full"));
        store.followClock();
    }

    @Test
    void aChangeIsUndoneAlsoIfWhatIsObsoleteWasTrimmedInTheMeantime() throws Exception {
        Entries<Thing> ledger = entries(IN_THE_LEDGER);
        ledger.change("a", _ -> Optional.of(thing("before")));
        Receipt receipt;
        synchronized (store) {
            failWrites();
            receipt = ledger.commit(List.of(ledger.replace(ledger.get("a").orElseThrow(), thing("trim"))))
                    .orElseThrow();
            store.expire();
            assertEquals("trimmed", ledger.get("a").orElseThrow().value().text());
        }
        assertThrows(StoreException.class, receipt::await);
        assertEquals("before", ledger.get("a").orElseThrow().value().text());
    }

    @Test
    void anEntryIsNeverMissingWhileItsChangeIsUndone() throws Exception {
        Entries<Thing> ledger = entries(IN_THE_LEDGER);
        ledger.change("a", _ -> Optional.of(thing("before")));
        failWrites();
        var missing = new AtomicInteger();
        var stops = new AtomicBoolean();
        Thread reader = Thread.ofPlatform().start(() -> {
            while (!stops.get()) {
                missing.addAndGet(ledger.get("a").isPresent() && ledger.list("").size() == 1 ? 0 : 1);
            }
        });
        for (int i = 0; i < 500; i++) {
            assertThrows(StoreException.class, () -> ledger.change("a", _ -> Optional.of(thing("after"))));
        }
        stops.set(true);
        reader.join();
        assertEquals(0, missing.get());
    }

    @Test
    void whatIsOnlyInMemoryDoesNotDependOnTheDisk() throws Exception {
        Entries<Thing> memory = entries(KEPT_IN_MEMORY);
        entries(IN_THE_LEDGER);
        failWrites();
        assertEquals(List.of(), memory.removeIf("", _ -> true));
        memory.change("a", _ -> Optional.of(thing("a")));
        assertFalse(memory.removeIf("", _ -> true).isEmpty());
    }

    @Test
    void whatWasRemovedStaysRemovedEvenIfThatCannotBeStored() throws Exception {
        Entries<Thing> ledger = entries(IN_THE_LEDGER);
        ledger.change("a", _ -> Optional.of(thing("a")));
        Path blocked = Files.createDirectories(temporary.resolve("tsidp-grants.log.new/full"));
        store.followClock();
        assertThrows(StoreException.class, () -> ledger.change("a", _ -> Optional.empty()));
        assertEquals(Optional.empty(), ledger.get("a"));
        Files.delete(blocked);
        Files.delete(blocked.getParent());
        ledger.change("b", _ -> Optional.of(thing("b", "b")));
        close();
        open();
        assertEquals(Set.of("b"), texts(entries(IN_THE_LEDGER).list("")));
    }

    @Test
    void aChangeOfAFileThatCannotBeWrittenDidNotHappen() throws Exception {
        Entries<Thing> file = entries(IN_A_FILE);
        file.change("a", _ -> Optional.of(thing("a")));
        Files.createDirectories(temporary.resolve("oidc-funnel-clients.json.new/full"));
        assertThrows(StoreException.class, () -> file.change("a", _ -> Optional.empty()));
        assertThrows(StoreException.class, () -> file.change("a", _ -> Optional.of(thing("b"))));
        assertEquals(Set.of("a"), texts(file.list("")));
    }
}
