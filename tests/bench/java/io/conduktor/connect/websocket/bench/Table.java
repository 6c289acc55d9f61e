package io.conduktor.connect.websocket.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * The results as a Markdown table: one line for each comparison, and for each row that is compared with nothing. A row without limits is
 * for orientation: of its comparisons only the first has a line, while the results' file has them all.
 */
final class Table {
    private static final List<String> HEADER = List.of("what", "measure", "connector", "against", "its figure", "ratio", "reach", "");

    private Table() {
    }

    static String of(Results results) {
        StringBuilder text = new StringBuilder();
        results.machine().forEach((name, value) -> text.append(name).append(": ").append(value).append('\n'));
        for (Results.Group group : results.sections()) {
            List<List<String>> lines = new ArrayList<>(List.of(HEADER));
            group.rows().forEach(row -> lines.addAll(lines(row)));
            text.append("\n### ").append(group.title()).append("\n\n").append(aligned(lines));
        }
        return text.toString();
    }

    private static List<List<String>> lines(Row row) {
        List<List<String>> lines = new ArrayList<>();
        int compared = row.limits().isEmpty() ? Math.min(2, row.series().size()) : row.series().size();
        for (Series other : row.series().subList(1, compared)) {
            Limit limit = limit(row, other.name());
            lines.add(List.of(row.name(), row.measure(), row.subject().toString(), other.name(), other.toString(),
                row.subject().ratios(other).toString(), limit == null ? "" : limit.toString(), verdict(row, limit)));
        }
        Limit absolute = limit(row, null);
        if (lines.isEmpty() || absolute != null) {
            lines.add(List.of(row.name(), row.measure(), row.subject().toString(), "", "", "", absolute == null ? "" : absolute.toString(),
                verdict(row, absolute)));
        }
        return lines;
    }

    private static Limit limit(Row row, String against) {
        return row.limits().stream().filter(limit -> against == null ? limit.against() == null : against.equals(limit.against()))
            .findFirst().orElse(null);
    }

    private static String verdict(Row row, Limit limit) {
        return limit == null ? "" : limit.isReached(row) ? "reached" : "MISSED";
    }

    private static String aligned(List<List<String>> lines) {
        int[] widths = new int[HEADER.size()];
        for (List<String> line : lines) {
            for (int column = 0; column < widths.length; column++) {
                widths[column] = Math.max(widths[column], line.get(column).length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < lines.size(); i++) {
            StringBuilder line = new StringBuilder("|");
            StringBuilder rule = new StringBuilder("|");
            for (int column = 0; column < widths.length; column++) {
                String cell = lines.get(i).get(column);
                line.append(' ').append(cell).append(" ".repeat(widths[column] - cell.length())).append(" |");
                rule.append("-".repeat(widths[column] + 2)).append('|');
            }
            text.append(line).append('\n');
            if (i == 0) {
                text.append(rule).append('\n');
            }
        }
        return text.toString();
    }
}
