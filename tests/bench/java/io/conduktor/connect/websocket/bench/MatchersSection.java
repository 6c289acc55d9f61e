package io.conduktor.connect.websocket.bench;

import java.util.List;

/** What it costs a message that matchers are set, measured by {@code rust/bench}. */
final class MatchersSection implements Section {
    @Override
    public String name() {
        return "matchers";
    }

    @Override
    public String title() {
        return "Matchers: is a message of 256 B data, an ack, a heartbeat, or to be answered";
    }

    @Override
    public List<Row> run(Setup setup) {
        return EngineSection.rows(setup, "matchers", "--rounds", Integer.toString(setup.rounds()));
    }
}
