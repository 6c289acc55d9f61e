package io.conduktor.connect.websocket.gates.interop;

import io.conduktor.connect.websocket.system.ToolScript;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What {@code scripts/interop-servers} has made ready; asked once for each name. */
final class Launchers {
    private static final Map<String, Path> READY = new ConcurrentHashMap<>();

    private Launchers() {
    }

    /** What starts the server of that name. Skips the test where it cannot be had; fails it in CI. */
    static String of(Enum<?> server) {
        return READY.computeIfAbsent(server.name().toLowerCase(), name -> ToolScript.require("scripts/interop-servers", name)).toString();
    }
}
