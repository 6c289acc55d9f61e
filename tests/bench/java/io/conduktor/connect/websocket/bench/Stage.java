package io.conduktor.connect.websocket.bench;

import io.conduktor.connect.websocket.harness.OsProcess;
import io.conduktor.connect.websocket.harness.ServerProcess;
import io.conduktor.connect.websocket.harness.TopicReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;

/**
 * A broker, a feed and a worker that has the contenders as plugins: they share the JVM, and with it what the JIT compiler makes of
 * Connect. Trials run one after the other. Each has a connector and a topic of its own: a plugin's class loader outlives its connectors,
 * so that a new one starts with compiled code, while one that is kept and stopped would go on with what its queue held. The worker is
 * a standalone one, which differs from a distributed one in where it stores offsets, and needs no rebalance for each trial.
 */
final class Stage implements AutoCloseable {
    private static final long ADMIN_SECONDS = 30;

    private final Setup setup;
    private final String name;
    private final Servers servers;
    private final Admin admin;
    private int trials;

    Stage(Setup setup, String name) {
        this.setup = setup;
        this.name = name;
        servers = new Servers(setup, name, options -> options
            .plugins(List.of(setup.installation().jar(), setup.nullSource()))
            .jvmArguments("-Xms256m", "-Xmx2g") // as Kafka's connect-distributed.sh has it
            .property("offset.flush.interval.ms", "60000")); // Connect's default, which the harness shortens
        try {
            admin = servers.closing(servers.broker().admin());
            dropDeletedFilesSoon();
        } catch (RuntimeException | AssertionError e) {
            close();
            throw e;
        }
    }

    /** Else the files of a deleted topic stay for a minute: gigabytes of a few trials. */
    private void dropDeletedFilesSoon() {
        ConfigResource allBrokers = new ConfigResource(ConfigResource.Type.BROKER, "");
        AlterConfigOp soon = new AlterConfigOp(new ConfigEntry("log.segment.delete.delay.ms", "1000"), AlterConfigOp.OpType.SET);
        done(admin.incrementalAlterConfigs(Map.of(allBrokers, Set.of(soon))).all());
    }

    /**
     * Starts the contender on a new topic whose records bear the time of their append, and returns when the first record is there.
     *
     * @param discarded for a null source: the messages per second of a flood that a reader throws away meanwhile, so that all
     *     contenders carry the feed's cost on the shared cores; at a rate it reads that rate
     */
    Trial start(Contender contender, Load load, double discarded) {
        String topic = name + "-" + ++trials;
        done(admin.createTopics(Set.of(new NewTopic(topic, 1, (short) 1)
            .configs(Map.of("message.timestamp.type", "LogAppendTime")))).all());
        Trial trial = new Trial(this, topic, contender != Contender.CONNECTOR ? discard(load, discarded) : null);
        try {
            servers.worker().rest().create(topic, contender.complete(topic, load, servers.feed().url(load.path())));
            trial.awaitFirst();
            return trial;
        } catch (RuntimeException | AssertionError e) {
            try {
                trial.close();
            } catch (RuntimeException | AssertionError another) {
                e.addSuppressed(another);
            }
            throw e;
        }
    }

    private ServerProcess discard(Load load, double rate) {
        List<String> command = new ArrayList<>(List.of(setup.program().toString(), "discard", servers.feed().url(load.path())));
        if (load.isFlood()) {
            command.addAll(List.of("--rate", Long.toString(Math.round(rate)), "--size", Integer.toString(load.size())));
        }
        return ServerProcess.start("discard", setup.installation().log(name + "-discard"), command);
    }

    TopicReader reader(String topic) {
        return new TopicReader(servers.broker().bootstrapServers(), topic);
    }

    /** The worker's process. */
    OsProcess workerProcess() {
        return servers.process();
    }

    /** Returns when the connector that writes to the topic has stopped. */
    void removeConnector(String topic) {
        servers.worker().rest().delete(topic);
    }

    void removeTopic(String topic) {
        done(admin.deleteTopics(Set.of(topic)).all());
    }

    private static void done(KafkaFuture<?> future) {
        try {
            future.get(ADMIN_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (TimeoutException e) {
            throw new IllegalStateException("the broker has not answered within " + ADMIN_SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    @Override
    public void close() {
        servers.close();
    }
}
