package io.conduktor.connect.websocket.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.core.type.TypeReference;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.ArrayList;
import java.util.List;

/** The Rust engine without Java, measured by {@code rust/bench}: from the socket to a consumer that touches each payload. */
final class EngineSection implements Section {
    @Override
    public String name() {
        return "engine";
    }

    @Override
    public String title() {
        return "Engine: socket → queue → consumer that touches each payload, on one core";
    }

    @Override
    public List<Row> run(Setup setup) {
        List<Row> rows = new ArrayList<>(rows(setup, "engine", "--rounds", Integer.toString(setup.rounds())));
        rows.addAll(rows(setup, "idle"));
        return rows;
    }

    /** What a command of {@code rust/bench} measures. */
    static List<Row> rows(Setup setup, String... arguments) {
        List<String> command = new ArrayList<>(List.of(setup.program().toString()));
        command.addAll(List.of(arguments));
        try {
            Process process = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
            JsonNode answer = Results.JSON.readTree(process.getInputStream());
            if (process.waitFor() != 0) {
                throw new IllegalStateException(String.join(" ", command) + " ended with status " + process.exitValue());
            }
            return Results.JSON.convertValue(answer.path("rows"), new TypeReference<List<Row>>() { });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
