package io.conduktor.connect.websocket.bench;

import java.util.Locale;

/**
 * What a contender carries.
 *
 * @param size bytes of a message
 * @param rate messages per second, each with the time when it was made; 0: as many as the contender takes, without a time
 */
record Load(int size, int rate, ProducerSetting producer) {

    boolean isFlood() {
        return rate == 0;
    }

    /** The feed's scenario. */
    String path() {
        return isFlood() ? "/flood?size=" + size : "/numbered?rate=" + rate + "&size=" + size + "&stamp=true";
    }

    @Override
    public String toString() {
        String pace = isFlood() ? "" : String.format(Locale.ROOT, "%,d msg/s, ", rate);
        return String.format(Locale.ROOT, "%s%,d B, %s", pace, size, producer.title());
    }
}
