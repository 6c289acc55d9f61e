package io.conduktor.connect.websocket.gates;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.conduktor.connect.websocket.gates.WorkerGroup.Member;
import io.conduktor.connect.websocket.gates.WorkerGroup.State;
import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.OsProcess;
import io.conduktor.connect.websocket.harness.RestClient;
import io.conduktor.connect.websocket.harness.TopicReader;
import io.conduktor.connect.websocket.system.Books;
import io.conduktor.connect.websocket.system.LogLine;
import io.conduktor.connect.websocket.system.Numbers;
import io.conduktor.connect.websocket.system.StopNote;
import io.conduktor.connect.websocket.system.Suite;
import io.conduktor.connect.websocket.system.TestConnector;
import io.conduktor.connect.websocket.system.WorkerLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Three workers with twenty connectors, killed, stopped and frozen in random order. Whenever all are back, each connector runs exactly once;
 * and what comes then is exactly in Kafka, in the MBeans and in the offsets.
 */
@Tag("long")
@Timeout(value = 1, unit = TimeUnit.DAYS) // MINUTES says how long it takes; each of its waits has a limit of its own.
class WorkersThatFailTest {
    private static final int WORKERS = 3;
    private static final int CONNECTORS = 20;
    private static final double SHARE = 0.3;
    private static final Duration STABLE_LIMIT = Duration.ofMinutes(3);
    private static final Duration HOLD = Duration.ofSeconds(5);
    /** Twice the time after which the group misses a worker. */
    private static final Duration FENCED = Duration.ofSeconds(12);
    private static final int GAP_MILLIS = 4000;
    private static final Duration MEASURED = Duration.ofSeconds(10);
    private static final Pattern STARTED = Pattern.compile("WebSocket task started: connector=(\\S+) .* sequence=(\\d+)");

    /** What happens to a worker. */
    private enum Blow {
        KILL, STOP, FREEZE, FREEZE_UNTIL_FENCED
    }

    private final Random random = SoakOptions.random("failing workers");
    private final List<String> names = IntStream.range(0, CONNECTORS).mapToObj(i -> String.format("spread-%02d", i)).toList();
    private final Map<Blow, Integer> blows = new HashMap<>();
    private int twins;

    @Test
    void everyConnectorEndsRunningExactlyOnceAndTheNumbersAgree() {
        try (Feed feed = Suite.feed("spread"); WorkerGroup group = WorkerGroup.start(Suite.broker(), "spread", WORKERS)) {
            RestClient rest = group.members().get(0).worker().rest();
            for (String name : names) {
                rest.configure(name, config(name, feed));
            }
            awaitStable(group, feed);
            long end = System.nanoTime() + SoakOptions.share(SHARE).toNanos();
            int episodes = 0;
            do {
                strike(group, feed);
                for (Member member : group.members()) {
                    member.revive();
                }
                awaitStable(group, feed);
                episodes++;
            } while (System.nanoTime() - end < 0);
            Suite.figure("%d times back from %s; a fenced worker held %d connections that another had opened anew", episodes, blows, twins);
            assertTrue(twins > 0, "no frozen worker was ever replaced, so that nothing was shown");
            assertNumbersAgree(group, feed);
        }
    }

    private Map<String, String> config(String name, Feed feed) {
        return Map.ofEntries(Map.entry("connector.class", TestConnector.CLASS), Map.entry("tasks.max", "1"),
            Map.entry("websocket.url", feed.url(target(name))), Map.entry("kafka.topic", name),
            Map.entry("websocket.reconnect.interval.ms", "100"), Map.entry("websocket.reconnect.backoff.max.ms", "400"),
            Map.entry("key.converter", "org.apache.kafka.connect.storage.StringConverter"),
            Map.entry("value.converter", "org.apache.kafka.connect.storage.StringConverter"),
            Map.entry("topic.creation.default.partitions", "1"), Map.entry("topic.creation.default.replication.factor", "1"));
    }

    /** Each connector's own, so that the feed can tell them apart. */
    private static String target(String name) {
        return "/numbered?rate=50&stream=" + name;
    }

    /** Each of the blows once, in random order, on workers that are up; one is always left up. */
    private void strike(WorkerGroup group, Feed feed) {
        List<Blow> order = new ArrayList<>(List.of(Blow.values()));
        Collections.shuffle(order, random);
        for (Blow blow : order) {
            List<Member> up = group.in(State.UP);
            Member struck = blow == Blow.FREEZE_UNTIL_FENCED ? awaitBusy(up) : up.get(random.nextInt(up.size()));
            if (up.size() == 1) {
                List<Member> others = group.members().stream().filter(member -> member != struck).toList();
                others.get(random.nextInt(others.size())).revive();
            }
            blows.merge(blow, 1, Integer::sum);
            switch (blow) {
                case KILL -> struck.kill();
                case STOP -> struck.stop();
                case FREEZE -> struck.freeze();
                default -> freezeUntilFenced(struck, feed);
            }
            Await.elapse(Duration.ofMillis(random.nextInt(GAP_MILLIS)));
        }
    }

    /** The worker with most connections of its own; one of them must get some, or nobody would see that it is frozen. */
    private Member awaitBusy(List<Member> up) {
        return Await.value("a worker with a connection", STABLE_LIMIT, () -> Collections.max(up, Comparator.comparingLong(this::connected)),
            busiest -> connected(busiest) > 0);
    }

    private long connected(Member member) {
        return taskBeans(member).stream().map(name -> member.jmx().attribute(Books.connectorBean(name), "isConnected"))
            .filter(Boolean.TRUE::equals).count();
    }

    /** The frozen worker's connections stay open, so that the feed then sees those of its successors beside them. */
    private void freezeUntilFenced(Member struck, Feed feed) {
        struck.freeze();
        Await.elapse(FENCED);
        long doubled = Await.value("connections beside those of a frozen worker", STABLE_LIMIT, () -> openPerConnector(feed).values().stream()
            .filter(open -> open > 1).count(), count -> count > 0);
        twins += Math.toIntExact(doubled);
    }

    /** Waits until everything is as it should be and stays so for a while. All workers must be up. */
    private void awaitStable(WorkerGroup group, Feed feed) {
        long start = System.nanoTime();
        long[] since = {System.nanoTime()};
        String[] last = {"not looked at yet"};
        try {
            Await.until("the group to be stable", STABLE_LIMIT, () -> {
                String problem;
                try {
                    problem = problem(group, feed);
                } catch (RuntimeException e) {
                    problem = e.toString(); // A worker that has just come back cannot answer yet.
                }
                last[0] = problem;
                if (!problem.isEmpty()) {
                    since[0] = System.nanoTime();
                }
                return System.nanoTime() - since[0] > HOLD.toNanos();
            });
        } catch (AssertionError e) {
            throw new AssertionError("not stable: " + last[0], e);
        }
        Suite.figure("stable %d ms after the last worker was back", (since[0] - start) / 1_000_000);
    }

    /** What is not as it should be: each connector runs and has one MBean, one session and one connection. Empty if all is well. */
    private String problem(WorkerGroup group, Feed feed) {
        Map<String, Integer> open = openPerConnector(feed);
        Map<String, List<Member>> runs = new HashMap<>();
        int sessions = 0;
        for (Member member : group.members()) {
            taskBeans(member).forEach(name -> runs.computeIfAbsent(name, key -> new ArrayList<>()).add(member));
            List<String> threads = new OsProcess(member.worker().process().pid()).engineThreads();
            sessions += (int) threads.stream().filter(thread -> thread.startsWith("ws-0-")).count();
        }
        for (String name : names) {
            List<Member> owners = runs.getOrDefault(name, List.of());
            if (owners.size() != 1) {
                return name + " has MBeans on " + owners.size() + " workers";
            }
            if (open.getOrDefault(name, 0) != 1) {
                return name + " has " + open.getOrDefault(name, 0) + " connections";
            }
            JsonNode status = group.members().get(0).worker().rest().status(name);
            String owner = ":" + owners.get(0).worker().port();
            JsonNode task = status.path("tasks").path(0);
            boolean byOwner = task.path("worker_id").asText().endsWith(owner);
            if (!isRunning(status.path("connector"), false) || !isRunning(task, byOwner)) {
                return name + " runs on " + owner + ", but its status is " + status;
            }
        }
        int sockets = feed.stats().path("sockets").asInt();
        return sessions == CONNECTORS && sockets == CONNECTORS ? "" : sessions + " sessions and " + sockets + " sockets";
    }

    /**
     * Whether Connect says that it runs. A worker that comes back from being frozen may keep what another one ran meanwhile; Connect then leaves the
     * status that the other one wrote, RUNNING or at its stop UNASSIGNED. So UNASSIGNED is wrong only if its owner wrote it.
     */
    private static boolean isRunning(JsonNode status, boolean byOwner) {
        String state = status.path("state").asText();
        return state.equals("RUNNING") || !byOwner && state.equals("UNASSIGNED");
    }

    private Set<String> taskBeans(Member member) {
        Set<String> found = new HashSet<>();
        member.jmx().names("io.conduktor.connect.websocket:type=WebSocketTask,*").forEach(bean -> found.add(bean.getKeyProperty("name")));
        return found;
    }

    private Map<String, Integer> openPerConnector(Feed feed) {
        JsonNode targets = feed.stats().path("by_target");
        Map<String, Integer> open = new HashMap<>();
        names.forEach(name -> open.put(name, targets.path(target(name)).path("open").asInt()));
        return open;
    }

    /** The numbers of one connector when nothing is under way. */
    private record Count(long sent, Books books, long records, long sequence) {
    }

    /** What comes once all is stable is counted exactly, and what came before adds up as far as anybody was left to count. */
    private void assertNumbersAgree(WorkerGroup group, Feed feed) {
        Map<String, Count> before = count(group, feed);
        feed.control("/_resume");
        Await.elapse(MEASURED);
        Map<String, Count> after = count(group, feed);
        Map<String, List<Member>> owners = new HashMap<>();
        group.members().forEach(member -> taskBeans(member).forEach(name -> owners.computeIfAbsent(name, key -> new ArrayList<>()).add(member)));
        long records = 0;
        for (String name : names) {
            Count first = before.get(name);
            Count last = after.get(name);
            long sent = last.sent - first.sent;
            assertTrue(sent > 0, () -> name + " was sent nothing");
            assertEquals(sent, last.books.received() - first.books.received(), name);
            assertEquals(sent, last.books.produced() - first.books.produced(), name);
            assertEquals(sent, last.records - first.records, name);
            assertEquals(sent, last.sequence - first.sequence, name);
            assertEquals(startSequence(owners.get(name).get(0), name) + last.books.produced(), last.sequence, name);
            assertHistory(group, name, last);
            records += last.records;
        }
        Suite.figure("%,d records in %d topics; MBeans, offsets and topics agree", records, CONNECTORS);
    }

    private Map<String, Count> count(WorkerGroup group, Feed feed) {
        feed.control("/_pause");
        Map<String, Count> counts = new HashMap<>();
        for (String name : names) {
            Member owner = group.members().stream().filter(member -> taskBeans(member).contains(name)).findFirst().orElseThrow();
            Books[] last = {null};
            Books books = Await.value(name + " to settle", TestConnector.LIMIT, () -> Books.read(owner.jmx(), name), now -> {
                boolean still = now.isSettled() && now.equals(last[0]);
                last[0] = now;
                return still;
            });
            books.assertBalanced();
            long sequence = startSequence(owner, name) + books.produced();
            RestClient rest = owner.worker().rest();
            Await.value("the stored offset of " + name, TestConnector.LIMIT, () -> storedSequence(rest, name), stored -> stored == sequence);
            try (TopicReader topic = new TopicReader(Suite.broker().bootstrapServers(), name)) {
                counts.put(name, new Count(feed.stats().path("streams").path(name).asLong(), books, topic.size(), sequence));
            }
        }
        return counts;
    }

    /** Every session that ended in order has balanced its books, no number came twice, and Kafka has all that any session counted as produced. */
    private static void assertHistory(WorkerGroup group, String name, Count now) {
        List<StopNote> notes = group.members().stream().flatMap(member -> stops(member, name)).toList();
        notes.forEach(StopNote::assertBalanced);
        long produced = notes.stream().mapToLong(StopNote::produced).sum() + now.books.produced();
        assertTrue(produced <= now.records, () -> name + ": " + produced + " counted as produced, " + now.records + " in Kafka");
        assertTrue(now.sequence <= now.records, () -> name + ": sequence " + now.sequence + " of " + now.records + " records");
        try (TopicReader topic = new TopicReader(Suite.broker().bootstrapServers(), name)) {
            List<Long> numbers = Numbers.read(topic, now.records, TestConnector.LIMIT);
            assertEquals(numbers.size(), new HashSet<>(numbers).size(), () -> name + " has records twice");
        }
    }

    private static Stream<StopNote> stops(Member member, String name) {
        return StopNote.in(WorkerLog.whole(member.worker()), name).stream();
    }

    /** The sequence number that the session which runs now began with. */
    private static long startSequence(Member member, String name) {
        long sequence = -1;
        for (LogLine line : WorkerLog.whole(member.worker()).ours(name, "WebSocket task started")) {
            Matcher started = STARTED.matcher(line.text());
            sequence = started.find() ? Long.parseLong(started.group(2)) : sequence;
        }
        assertTrue(sequence >= 0, () -> name + " was not started on " + member.worker().port());
        return sequence;
    }

    private static long storedSequence(RestClient rest, String name) {
        long sequence = 0;
        for (JsonNode offset : rest.offsets(name).path("offsets")) {
            sequence = Math.max(sequence, offset.path("offset").path("sequence").asLong());
        }
        return sequence;
    }
}
