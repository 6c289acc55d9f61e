package io.conduktor.connect.websocket.system;

import java.nio.file.Path;

/**
 * What {@code scripts/lint-tools} fetches.
 *
 * @param folder holds {@code hadolint} and {@code java}, the latter of version 21
 */
record LintTools(Path folder) {
    /** Skips the test where they cannot be had; fails it in CI. */
    static LintTools require() {
        return new LintTools(ToolScript.require("scripts/lint-tools"));
    }

    String tool(String name) {
        return folder.resolve(name).toString();
    }
}
