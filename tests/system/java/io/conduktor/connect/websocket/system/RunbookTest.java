package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * {@code docs/RUNBOOK.md}, executed: every block of it, with the fault that it is for, and every piece of the user's original as it stands. What
 * no test has run or checked fails the class at its end.
 */
class RunbookTest {
    private static Path wscat;
    private static Runbook runbook;
    private static RunbookStage stage;

    @BeforeAll
    static void start() {
        wscat = ToolScript.run("scripts/wscat").orElse(null);
        if (wscat != null) {
            runbook = new Runbook();
            stage = RunbookStage.start(wscat);
        }
    }

    /** Not before all, so that each test counts as skipped. */
    @BeforeEach
    void skipWithoutTools() {
        Assumptions.assumeTrue(wscat != null, "wscat is missing; scripts/wscat says why");
    }

    @AfterAll
    static void stop() {
        if (stage != null) {
            stage.close();
            runbook.assertAllProven();
        }
    }

    @Test
    void theHeadingsAreTheOriginalsInItsOrder() {
        List<String> expected = runbook.original().headings();
        List<String> found = new ArrayList<>(runbook.page().headings());
        found.retainAll(expected);
        assertEquals(expected, found);
    }

    @Test
    void metricsAndHealthAreRead() throws Exception {
        new RunbookMonitoring(runbook, stage).metricsAndHealth();
    }

    @Test
    void theAlertsAreTheShippedOnes() throws Exception {
        new RunbookMonitoring(runbook, stage).alerts();
    }

    @Test
    void theLoggingFilesAreTheShippedOnes() throws Exception {
        new RunbookMonitoring(runbook, stage).loggingFiles();
    }

    @Test
    void debugLoggingShowsMore() throws Exception {
        new RunbookMonitoring(runbook, stage).debugLogging();
    }

    @Test
    void theSnapshotIsWholeAndWithoutSecrets() throws Exception {
        new RunbookMonitoring(runbook, stage).snapshot();
    }

    @Test
    void issue1ConnectionKeepsDropping() {
        new RunbookIssues(runbook, stage).connectionKeepsDropping();
    }

    @Test
    void issue1CausesAreTold() {
        new RunbookIssues(runbook, stage).causesAreTold();
    }

    @Test
    void issue2HighMessageDropRate() {
        new RunbookIssues(runbook, stage).highMessageDropRate();
    }

    @Test
    void issue3NoMessagesReceived() {
        new RunbookIssues(runbook, stage).noMessagesReceived();
    }

    @Test
    void issue4ProcessingLagBuildingUp() {
        new RunbookIssues(runbook, stage).processingLagBuildingUp();
    }

    @Test
    void issue4SerializationErrors() {
        new RunbookIssues(runbook, stage).serializationErrorsAreFound();
    }

    @Test
    void tuningIsAccepted() throws Exception {
        new RunbookRecovery(runbook, stage).tuning();
    }

    @Test
    void restart() {
        new RunbookRecovery(runbook, stage).restart();
    }

    @Test
    void failedTask() {
        new RunbookRecovery(runbook, stage).failedTask();
    }

    @Test
    void resetOffsets() {
        new RunbookRecovery(runbook, stage).resetOffsets();
    }

    @Test
    void emergencyShutdown() {
        new RunbookRecovery(runbook, stage).emergencyShutdown();
    }
}
