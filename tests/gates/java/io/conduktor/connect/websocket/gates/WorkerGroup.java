package io.conduktor.connect.websocket.gates;

import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.JmxClient;
import io.conduktor.connect.websocket.harness.KafkaBroker;
import io.conduktor.connect.websocket.system.Suite;
import java.util.ArrayList;
import java.util.List;

/** Distributed workers of one group, which can be killed, frozen and stopped. Not thread-safe. */
final class WorkerGroup implements AutoCloseable {
    enum State {
        UP, DOWN, FROZEN
    }

    /** One of the workers. */
    static final class Member {
        private final ConnectWorker worker;
        private State state = State.UP;
        private JmxClient jmx;

        private Member(ConnectWorker worker) {
            this.worker = worker;
        }

        ConnectWorker worker() {
            return worker;
        }

        State state() {
            return state;
        }

        /** Its MBeans; only while it is up. */
        JmxClient jmx() {
            if (jmx == null) {
                jmx = worker.jmx();
            }
            return jmx;
        }

        /** SIGKILL. */
        void kill() {
            leave(State.DOWN);
            worker.process().kill();
        }

        /** SIGTERM. */
        void stop() {
            leave(State.DOWN);
            worker.stop();
        }

        /** SIGSTOP. */
        void freeze() {
            leave(State.FROZEN);
            worker.process().freeze();
        }

        /** Starts it again, or ends {@link #freeze}. */
        void revive() {
            if (state == State.FROZEN) {
                worker.process().thaw();
            } else if (state == State.DOWN) {
                worker.start();
            }
            state = State.UP;
        }

        private void leave(State next) {
            if (jmx != null) {
                jmx.close();
                jmx = null;
            }
            state = next;
        }
    }

    private final List<Member> members;

    private WorkerGroup(List<Member> members) {
        this.members = members;
    }

    /** Starts that many workers that miss each other after six seconds. */
    static WorkerGroup start(KafkaBroker broker, String group, int workers) {
        WorkerGroup started = new WorkerGroup(new ArrayList<>());
        try {
            for (int i = 1; i <= workers; i++) {
                started.members.add(new Member(ConnectWorker.options(Suite.installation(), group + "-" + i, broker.bootstrapServers())
                    .distributed(group).pluginDiscovery("service_load").property("session.timeout.ms", "6000")
                    .property("heartbeat.interval.ms", "1000").jvmArguments("-Xmx256m").start()));
            }
            return started;
        } catch (RuntimeException | AssertionError e) {
            started.close();
            throw e;
        }
    }

    List<Member> members() {
        return members;
    }

    List<Member> in(State state) {
        return members.stream().filter(member -> member.state == state).toList();
    }

    @Override
    public void close() {
        for (Member member : members) {
            if (member.state == State.FROZEN) {
                member.worker.process().thaw(); // Or it would not hear that it is to end.
            }
            member.leave(State.DOWN);
            member.worker.close();
        }
    }
}
