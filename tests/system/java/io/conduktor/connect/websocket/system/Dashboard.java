package io.conduktor.connect.websocket.system;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The shipped Grafana dashboard. Its queries are given as Grafana sends them to Prometheus, with values in place of the variables. */
final class Dashboard {
    static final Path FILE = Path.of("ops/grafana/websocket-connector.json");
    /** Stands for all values of a variable. */
    static final List<String> ALL = List.of();

    private static final Pattern LABEL_VALUES = Pattern.compile("label_values\\((.+), (\\w+)\\)");
    /** What a panel of 5 s steps gets for a data source that is scraped each second: four scrapes, or a step and a scrape. */
    private static final String RATE_INTERVAL = "6s";

    private final JsonNode document;

    private Dashboard(JsonNode document) {
        this.document = document;
    }

    static Dashboard read() throws IOException {
        return new Dashboard(new ObjectMapper().readTree(FILE.toFile()));
    }

    /** A panel's query; one that is {@code instant} is asked for the end of the time range only. */
    record Query(String panel, String expression, boolean instant) {
        /** The series that Prometheus has for it. */
        List<JsonNode> ask(PrometheusServer prometheus) {
            return instant ? prometheus.query(expression) : prometheus.queryRange(expression, Duration.ofMinutes(10), Duration.ofSeconds(5));
        }
    }

    /** The panels that show something; rows only part them. */
    List<JsonNode> panels() {
        List<JsonNode> panels = new ArrayList<>();
        document.path("panels").forEach(panels::add);
        panels.removeIf(panel -> panel.path("type").asText().equals("row"));
        return panels;
    }

    JsonNode panel(String title) {
        return panels().stream().filter(panel -> panel.path("title").asText().equals(title)).findFirst().orElseThrow();
    }

    List<String> rows() {
        return document.path("panels").findParents("collapsed").stream().map(row -> row.path("title").asText()).toList();
    }

    /** All queries, for these connectors and workers. */
    List<Query> queries(List<String> connectors, List<String> workers) {
        List<Query> queries = new ArrayList<>();
        for (JsonNode panel : panels()) {
            for (JsonNode target : panel.path("targets")) {
                queries.add(new Query(panel.path("title").asText() + " " + target.path("refId").asText(),
                    expression(target.path("expr").asText(), connectors, workers), target.path("instant").asBoolean()));
            }
        }
        return queries;
    }

    Query query(String panel, List<String> connectors, List<String> workers) {
        return queries(connectors, workers).stream().filter(query -> query.panel().equals(panel + " A")).findFirst().orElseThrow();
    }

    /** The query behind the annotations. */
    Query annotation(List<String> connectors, List<String> workers) {
        return new Query("annotation", expression(document.at("/annotations/list/0/expr").asText(), connectors, workers), false);
    }

    /** The values that a variable offers. */
    List<String> values(String variable, PrometheusServer prometheus) {
        Matcher query = LABEL_VALUES.matcher(variable(variable).path("query").asText());
        if (!query.matches()) {
            throw new AssertionError(variable + " is not of the form label_values(series, label)");
        }
        return prometheus.labelValues(query.group(2), query.group(1), Duration.ofMinutes(10));
    }

    JsonNode variable(String name) {
        for (JsonNode variable : document.at("/templating/list")) {
            if (variable.path("name").asText().equals(name)) {
                return variable;
            }
        }
        throw new AssertionError("no variable " + name);
    }

    JsonNode document() {
        return document;
    }

    private String expression(String text, List<String> connectors, List<String> workers) {
        Map<String, String> values = Map.of("connector", regex("connector", connectors), "worker", regex("worker", workers),
            "__rate_interval", RATE_INTERVAL);
        return Pattern.compile("\\$(\\w+)").matcher(text).replaceAll(match -> {
            String value = values.get(match.group(1));
            if (value == null) {
                throw new AssertionError("unknown variable " + match.group() + " in " + text);
            }
            return Matcher.quoteReplacement(value);
        });
    }

    /** As Grafana writes the values of a variable that may have several into a query for Prometheus. */
    private String regex(String variable, List<String> values) {
        if (values.isEmpty()) {
            return variable(variable).path("allValue").asText();
        }
        List<String> escaped = values.stream().map(Dashboard::escape).toList();
        return escaped.size() == 1 ? escaped.get(0) : "(" + String.join("|", escaped) + ")";
    }

    /** Escaped once for the regular expression and once for the string in PromQL. */
    private static String escape(String value) {
        return value.replaceAll("[\\\\$^*{}\\[\\]'+?.()|]", "\\\\$0").replace("\\", "\\\\").replace("\"", "\\\"");
    }
}
