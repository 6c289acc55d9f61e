package io.conduktor.connect.websocket.bench;

import java.util.List;

/** What messages cost and save that the server compresses, measured by {@code rust/bench}. */
final class CompressionSection implements Section {
    @Override
    public String name() {
        return "compression";
    }

    @Override
    public String title() {
        return "Compression: messages that the server compresses, beside inflating alone and beside plain ones";
    }

    @Override
    public List<Row> run(Setup setup) {
        return EngineSection.rows(setup, "compression", "--rounds", Integer.toString(setup.rounds()));
    }
}
