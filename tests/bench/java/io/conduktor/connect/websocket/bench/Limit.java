package io.conduktor.connect.websocket.bench;

/**
 * What a row should reach in the median round: at most, or at least, so many times another series, or so much by itself.
 *
 * @param against the other series' name; null for a limit that stands by itself
 * @param atMost null if there is only a lower limit
 * @param atLeast null if there is only an upper limit
 * @param plus is added to the upper limit; null for nothing
 */
record Limit(String against, Double atMost, Double atLeast, Double plus) {

    static Limit atMost(double times, String against) {
        return new Limit(against, times, null, null);
    }

    static Limit atMost(double times, String against, double plus) {
        return new Limit(against, times, null, plus);
    }

    static Limit atLeast(double times, String against) {
        return new Limit(against, null, times, null);
    }

    static Limit atMost(double value) {
        return new Limit(null, value, null, null);
    }

    boolean isReached(Row row) {
        // Round by round, as the ratio is shown: what disturbs one round disturbs both sides.
        Series figures = against == null ? row.subject() : row.subject().less(plus == null ? 0 : plus).ratios(row.series(against));
        double figure = figures.median();
        return (atMost == null || figure <= atMost) && (atLeast == null || figure >= atLeast);
    }

    @Override
    public String toString() {
        String text = atMost == null ? "≥ " + Series.number(atLeast) : "≤ " + Series.number(atMost);
        return text + (against == null ? "" : " ×") + (plus == null ? "" : " + " + Series.number(plus));
    }
}
