package io.conduktor.connect.websocket;

/** A session's numbers, in the order of the boundary (docs/DESIGN.md, Stats). */
enum Stat {
    /** Messages received. */
    RECEIVED,
    /** Messages dropped because the queue was full. */
    DROPPED,
    /** Messages longer than the maximum. */
    OVERSIZE,
    /** Binary messages that are no UTF-8, in string format. */
    UNREPRESENTABLE,
    /** Messages still queued at close. */
    DISCARDED,
    /** Messages given to poll. */
    HANDED_OVER,
    /** Messages queued. */
    QUEUE_MESSAGES,
    /** Messages that fit the queue. */
    QUEUE_CAPACITY,
    /** Bytes queued, record headers included. */
    QUEUE_BYTES,
    /** Bytes that fit the queue. */
    QUEUE_BYTES_CAPACITY,
    /** 1 if connected and subscribed, else 0. */
    CONNECTED,
    /** Milliseconds since the connection opened; 0 while down. */
    UPTIME_MILLIS,
    /** Milliseconds since the last message, or since the session began. */
    SINCE_LAST_MESSAGE_MILLIS,
    /** Reconnection attempts started. */
    RECONNECTS,
    /** Connections opened. */
    CONNECTIONS,
    /** Milliseconds that the connection was not read because the queue was full. */
    READING_STOPPED_MILLIS,
    /** Bytes in the queues of all tasks of the worker. */
    WORKER_BYTES,
    /** Bytes that fit the queues of all tasks of the worker. */
    WORKER_BYTES_CAPACITY,
    /** Control messages that were not handed over. */
    FILTERED,
    /** Messages that had come before. */
    DUPLICATES,
    /** The last connection's close code; 0 if none has ended. */
    LAST_CLOSE_CODE,
    /** Attempts since the last stable connection. */
    ATTEMPTS,
    /** Milliseconds until the next attempt; -1 if none is waited for. */
    NEXT_ATTEMPT_MILLIS,
    /** Milliseconds since the last frame of any kind; -1 if none has come. */
    SINCE_LAST_FRAME_MILLIS,
    /** Milliseconds since the last message that is no control message; -1 if none has come. */
    SINCE_LAST_DATA_MILLIS,
    /** Subscription messages acknowledged. */
    SUBSCRIPTION_ACKS,
    /** Subscriptions and logins that failed. */
    SUBSCRIPTION_FAILURES,
    /** Heartbeats sent. */
    HEARTBEATS,
    /** Replies sent. */
    REPLIES,
    /** Connections replaced by plan. */
    PLANNED_RECONNECTS,
    /** Connections that a watchdog gave up. */
    WATCHDOG_RECONNECTS,
    /** Events that were not taken in time. */
    EVENTS_DROPPED,
    /** 1 if the last connection that opened agreed on compression, else 0. */
    COMPRESSED,
    /** Messages whose payload cannot be decompressed. */
    CORRUPT
}
