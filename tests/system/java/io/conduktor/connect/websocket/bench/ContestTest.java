package io.conduktor.connect.websocket.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class ContestTest {

    @Test
    void everyContenderIsTheFirstInItsTurn() {
        List<Contender> all = List.of(Contender.values());
        assertEquals(all, Contest.order(all, 0));
        List<Contender> firsts = IntStream.range(0, all.size()).mapToObj(round -> Contest.order(all, round).get(0)).toList();
        assertEquals(all, firsts);
        assertEquals(all, Contest.order(all, all.size()));
    }

    @Test
    void theConnectorIsTheSubjectWhoeverWasMeasuredFirst() {
        Contest contest = new Contest();
        contest.add(Contender.NULL_SOURCE, 2);
        contest.add(Contender.CONNECTOR, 1);
        contest.add(Contender.CONNECTOR, 3);
        contest.add(Contender.NULL_SOURCE, 4);
        assertEquals(List.of(Series.of("connector", 1, 3), Series.of("null source", 2, 4)), contest.series());
    }
}
