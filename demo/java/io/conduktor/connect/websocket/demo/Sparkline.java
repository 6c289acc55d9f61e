package io.conduktor.connect.websocket.demo;

import java.util.List;

/** A curve in one line of text. */
final class Sparkline {
    private static final String BARS = "▁▂▃▄▅▆▇█";

    private Sparkline() {
    }

    /** The newest values, as many as fit the width, scaled to the highest of them; 0 is the lowest bar. */
    static String of(List<Double> values, int width) {
        List<Double> shown = values.subList(Math.max(0, values.size() - width), values.size());
        double highest = shown.stream().mapToDouble(Double::doubleValue).max().orElse(0);
        StringBuilder line = new StringBuilder();
        for (double value : shown) {
            int bar = highest <= 0 ? 0 : (int) Math.round(value / highest * (BARS.length() - 1));
            line.append(BARS.charAt(Math.max(0, bar)));
        }
        return line.toString();
    }
}
