package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a connector's task told until it stopped: in its last line, in the warning about what it lost, in the lines about drops. */
public record StopNote(long received, long produced, long dropped, long discarded, long unacknowledged) {
    private static final Pattern DROPPED = Pattern.compile("Queue full, dropping message: .* (\\d+) in all");
    private static final Pattern LOST = Pattern.compile("stopped with (\\d+) received messages discarded .* and (\\d+) records handed over");
    private static final Pattern STOPPED = Pattern.compile("WebSocket task stopped: .* received=(\\d+) produced=(\\d+)");

    /** One note for each stop that the log tells of, in order. */
    public static List<StopNote> in(WorkerLog log, String connector) {
        List<StopNote> notes = new ArrayList<>();
        long dropped = 0;
        long[] lost = {0, 0};
        for (LogLine line : log.ours(connector)) {
            Matcher stopped = STOPPED.matcher(line.text());
            if (stopped.find()) {
                notes.add(new StopNote(number(stopped, 1), number(stopped, 2), dropped, lost[0], lost[1]));
                dropped = 0;
                lost = new long[] {0, 0};
                continue;
            }
            Matcher drops = DROPPED.matcher(line.text());
            dropped = drops.find() ? number(drops, 1) : dropped;
            Matcher loss = LOST.matcher(line.text());
            lost = loss.find() ? new long[] {number(loss, 1), number(loss, 2)} : lost;
        }
        return notes;
    }

    /** Every message received is accounted for, once. */
    public void assertBalanced() {
        assertEquals(received, produced + dropped + discarded + unacknowledged, this::toString);
    }

    private static long number(Matcher matcher, int group) {
        return Long.parseLong(matcher.group(group));
    }
}
