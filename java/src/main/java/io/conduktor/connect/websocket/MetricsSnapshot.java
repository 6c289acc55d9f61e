package io.conduktor.connect.websocket;

/** The numbers of one task, or the sum over several, at one moment. Immutable. */
final class MetricsSnapshot {
    static final MetricsSnapshot NONE = new MetricsSnapshot(new long[Stat.values().length], new String[0], 0, 0);

    private final long[] stats;
    private final String[] texts;
    private final long produced;
    private final long skipped;

    /** {@code produced} and {@code skipped} must have been read before {@code stats}, so that they never run ahead of it. */
    MetricsSnapshot(long[] stats, String[] texts, long produced, long skipped) {
        this.stats = stats;
        this.texts = texts;
        this.produced = produced;
        this.skipped = skipped;
    }

    long get(Stat stat) {
        return stats[stat.ordinal()];
    }

    /** A text, or an empty one if it is not known. */
    String get(Text text) {
        return text.ordinal() < texts.length ? texts[text.ordinal()] : "";
    }

    /** Records that Kafka acknowledged. */
    long produced() {
        return produced;
    }

    /** Records that Connect did not write: filtered by a transform, or skipped by errors.tolerance. */
    long skipped() {
        return skipped;
    }

    boolean isConnected() {
        return get(Stat.CONNECTED) == 1;
    }

    double queueUtilizationPercent() {
        return percent(get(Stat.QUEUE_MESSAGES), get(Stat.QUEUE_CAPACITY));
    }

    /** The runbook's formula: received minus produced. */
    long lag() {
        return get(Stat.RECEIVED) - produced;
    }

    /** Messages received that are neither produced nor skipped nor lost: what is still under way. */
    long backlog() {
        return get(Stat.RECEIVED) - accountedFor();
    }

    /** The runbook's formula: dropped per hundred received. */
    double dropRate() {
        return percent(get(Stat.DROPPED), get(Stat.RECEIVED));
    }

    /** Records handed to Connect and not yet acknowledged or skipped. */
    long inFlight() {
        return get(Stat.HANDED_OVER) - produced - skipped;
    }

    /** What to subtract from later snapshots so that counting starts now; what is under way counts as received after it. */
    MetricsSnapshot baseline() {
        long[] base = new long[stats.length];
        for (Stat stat : new Stat[] {Stat.DROPPED, Stat.OVERSIZE, Stat.UNREPRESENTABLE, Stat.DISCARDED, Stat.FILTERED,
            Stat.DUPLICATES, Stat.CORRUPT}) {
            base[stat.ordinal()] = get(stat);
        }
        base[Stat.RECEIVED.ordinal()] = accountedFor();
        base[Stat.HANDED_OVER.ordinal()] = produced + skipped;
        return new MetricsSnapshot(base, texts, produced, skipped);
    }

    MetricsSnapshot minus(MetricsSnapshot baseline) {
        long[] difference = new long[stats.length];
        for (int i = 0; i < stats.length; i++) {
            difference[i] = stats[i] - baseline.stats[i];
        }
        return new MetricsSnapshot(difference, texts, produced - baseline.produced, skipped - baseline.skipped);
    }

    /**
     * The sum. Connected means that both are; of two times the more alarming one counts; what is the worker's is not summed, and texts are the first
     * one's.
     */
    MetricsSnapshot plus(MetricsSnapshot other) {
        long[] sum = new long[stats.length];
        for (Stat stat : Stat.values()) {
            long a = get(stat);
            long b = other.get(stat);
            switch (stat) {
                case CONNECTED:
                case UPTIME_MILLIS:
                    sum[stat.ordinal()] = Math.min(a, b);
                    break;
                case SINCE_LAST_MESSAGE_MILLIS:
                case SINCE_LAST_FRAME_MILLIS:
                case SINCE_LAST_DATA_MILLIS:
                case NEXT_ATTEMPT_MILLIS:
                case LAST_CLOSE_CODE:
                case ATTEMPTS:
                case COMPRESSED:
                case WORKER_BYTES:
                case WORKER_BYTES_CAPACITY:
                    sum[stat.ordinal()] = Math.max(a, b);
                    break;
                default:
                    sum[stat.ordinal()] = a + b;
            }
        }
        return new MetricsSnapshot(sum, texts, produced + other.produced, skipped + other.skipped);
    }

    private long accountedFor() {
        return produced + skipped + get(Stat.DROPPED) + get(Stat.OVERSIZE) + get(Stat.UNREPRESENTABLE) + get(Stat.DISCARDED)
                + get(Stat.FILTERED) + get(Stat.DUPLICATES) + get(Stat.CORRUPT);
    }

    private static double percent(long part, long whole) {
        return whole == 0 ? 0.0 : part * 100.0 / whole;
    }
}
