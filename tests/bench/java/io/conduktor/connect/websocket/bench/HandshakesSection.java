package io.conduktor.connect.websocket.bench;

import java.util.List;

/** What a TLS connection costs with a full handshake and with a session that is resumed, measured by {@code rust/bench}. */
final class HandshakesSection implements Section {
    @Override
    public String name() {
        return "handshakes";
    }

    @Override
    public String title() {
        return "TLS handshakes: resumed against full";
    }

    @Override
    public List<Row> run(Setup setup) {
        return EngineSection.rows(setup, "handshakes", "--rounds", Integer.toString(setup.rounds()));
    }
}
