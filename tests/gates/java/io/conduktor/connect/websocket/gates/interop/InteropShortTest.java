package io.conduktor.connect.websocket.gates.interop;

import java.util.List;
import java.util.stream.Stream;

/** The contract with one server. */
class InteropShortTest extends InteropContract {
    @Override
    Stream<Peer> peers() {
        return Stream.of(Peer.of(Server.WEBSOCKETS, true));
    }

    @Override
    List<Integer> closeCodes() {
        return List.of(1000);
    }

    @Override
    void record(Peer peer, Results.Scenario scenario, String seen) {
        // There is no table of one row.
    }
}
