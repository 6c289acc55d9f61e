/* The numbers on libwebsockets. See ../README.md. */
#include <libwebsockets.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CLOSE_LIMIT_SECONDS 2
#define TEXT_LIMIT 512

static const char REASON[] = "all sent";

static struct lws_context *context;
static volatile sig_atomic_t terminated;
static int open_connections;

struct session {
    long count;
    long next;
    long close; /* 0: the server does not close */
    int code;   /* of the client's close frame; 1006: none came, or it answered ours, which libwebsockets does not tell */
};

/* The number behind a key of a flat JSON object; 0 if it is not there. */
static long number_of(const char *json, const char *key)
{
    const char *found = strstr(json, key);
    return found ? strtol(found + strlen(key), NULL, 10) : 0;
}

static void subscribe(struct session *session, const char *in, size_t len)
{
    char text[TEXT_LIMIT];
    len = len < sizeof text ? len : sizeof text - 1;
    memcpy(text, in, len);
    text[len] = 0;
    printf("subscribed %s\n", text);
    session->count = number_of(text, "\"count\":");
    session->close = number_of(text, "\"close\":");
}

/* libwebsockets wants one write for each time that it calls; -1 closes with the reason that was set. */
static int write_next(struct lws *wsi, struct session *session)
{
    unsigned char buffer[LWS_PRE + 32];
    int length;

    if (terminated) {
        lws_close_reason(wsi, LWS_CLOSE_STATUS_GOINGAWAY, NULL, 0);
        return -1;
    }
    if (session->next <= session->count) {
        length = snprintf((char *)buffer + LWS_PRE, sizeof buffer - LWS_PRE, "{\"n\":%ld}", session->next++);
        if (lws_write(wsi, buffer + LWS_PRE, (size_t)length, LWS_WRITE_TEXT) < length)
            return -1;
        lws_callback_on_writable(wsi);
    } else if (session->close) {
        lws_close_reason(wsi, (enum lws_close_status)session->close, (unsigned char *)REASON, sizeof REASON - 1);
        return -1;
    }
    return 0;
}

static int on_event(struct lws *wsi, enum lws_callback_reasons event, void *user, void *in, size_t len)
{
    struct session *session = user;
    const unsigned char *code = in;

    switch (event) {
    case LWS_CALLBACK_ESTABLISHED:
        memset(session, 0, sizeof *session);
        session->next = 1;
        session->code = 1006;
        open_connections++;
        break;
    case LWS_CALLBACK_RECEIVE:
        subscribe(session, in, len);
        lws_callback_on_writable(wsi);
        break;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return write_next(wsi, session);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        if (len >= 2)
            session->code = code[0] << 8 | code[1];
        break;
    case LWS_CALLBACK_CLOSED:
        printf("closed %d\n", session->code);
        open_connections--;
        break;
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
        if (terminated)
            lws_callback_on_writable_all_protocol(context, lws_get_protocol(wsi));
        break;
    default:
        break;
    }
    return 0;
}

static void on_terminate(int signal)
{
    (void)signal;
    terminated = 1;
    alarm(CLOSE_LIMIT_SECONDS); /* ends the process if a client does not answer */
    lws_cancel_service(context);
}

int main(void)
{
    static const struct lws_protocols protocols[] = {
        {.name = "numbers", .callback = on_event, .per_session_data_size = sizeof(struct session), .rx_buffer_size = TEXT_LIMIT},
        {.name = NULL},
    };
    static lws_retry_bo_t pings;
    struct lws_context_creation_info info = {.protocols = protocols, .iface = "127.0.0.1", .gid = -1, .uid = -1};
    const char *ping = getenv("PING");

    setvbuf(stdout, NULL, _IOLBF, 0);
    lws_set_log_level(LLL_ERR, NULL);
    info.port = atoi(getenv("PORT"));
    if (getenv("CERT")) {
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
        info.ssl_cert_filepath = getenv("CERT");
        info.ssl_private_key_filepath = getenv("KEY");
    }
    if (ping) {
        pings.secs_since_valid_ping = (uint16_t)atoi(ping);
        pings.secs_since_valid_hangup = (uint16_t)(2 * atoi(ping));
        info.retry_and_idle_policy = &pings;
    }
    context = lws_create_context(&info);
    if (!context)
        return 1;
    signal(SIGTERM, on_terminate);
    printf("listening libwebsockets %d.%d.%d\n", LWS_LIBRARY_VERSION_MAJOR, LWS_LIBRARY_VERSION_MINOR, LWS_LIBRARY_VERSION_PATCH);
    while (!(terminated && open_connections == 0) && lws_service(context, 0) >= 0)
        ;
    lws_context_destroy(context);
    return 0;
}
