#!/usr/bin/env bash
# Says whether a WebSocket source connector is healthy: one line, and an exit code that probes understand.
#   0 OK; 1 WARNING: not connected, or JMX could not tell; 2 CRITICAL: connector or task not running; 3 the check itself cannot run
# docs/HEALTH_CHECK.md lists all outcomes.
set -uo pipefail

USAGE="Usage: health-check.sh [--json] [CONNECTOR_NAME [CONNECT_URL [JMX_ADDRESS]]]
The environment sets what is not given:
  CONNECTOR_NAME     the connector (websocket-source)
  CONNECT_URL        Connect's REST API (http://localhost:8083)
  JMX_ADDRESS        HOST:PORT of the JMX server of the worker that runs the task (localhost:9999)
  JMX_TOOL           connector, jmxterm or kafka; if not set, the first whose file is set below, else the first that is found:
  CONNECTOR_JAR        this connector's JAR; else kafka-connect-websocket-*.jar beside this script or in ../build/libs
  JMXTERM_JAR          jmxterm's uber JAR; else jmxterm.jar here or beside this script
  KAFKA_JMX            Kafka's kafka-jmx.sh; else from \$KAFKA_HOME/bin or the PATH
  JMX_USER, JMX_PASSWORD_FILE, JMX_TLS=true   login and TLS registry, with JMX_TOOL=connector only
  CHECK_TIMEOUT      seconds for each question to REST or JMX (15)
  JAVA_HOME          the Java for the first two tools; else java from the PATH
  JMX_JAVA_OPTS      its options, such as -Djavax.net.ssl.trustStore=FILE"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
json=false
state=null       # the connector's
tasks='[]'
connected=null
tool=${JMX_TOOL:-}
java=("${JAVA_HOME:+$JAVA_HOME/bin/}java")
problem=         # the file with the errors of the tool

# The check cannot run: the connector's state stays unknown.
cannot_run() {
    echo "health-check: $1" >&2
    exit 3
}

# $1: OK, WARNING or CRITICAL, $2: exit code, $3: the reason as a word for programs, empty if OK, $4: text for people
finish() {
    if [ "$json" = true ]; then
        jq -cn --arg status "$1" --argjson exit_code "$2" --arg reason "$3" --arg message "$4" --arg connector "$CONNECTOR_NAME" \
            --argjson state "$state" --argjson tasks "$tasks" --argjson connected "$connected" --arg tool "$tool" \
            '{status: $status, exitCode: $exit_code, reason: (if $reason == "" then null else $reason end), message: $message,
              connector: $connector, connectorState: $state, tasks: $tasks, isConnected: $connected,
              jmxTool: (if $tool == "" then null else $tool end)}'
    else
        echo "$1: $4"
    fi
    exit "$2"
}

parse_arguments() {
    local positional=()
    while [ $# -gt 0 ]; do
        case $1 in
            --json) json=true ;;
            -h | --help) echo "$USAGE"; exit 0 ;;
            -*) cannot_run "unknown option $1 (--help shows the usage)" ;;
            *) positional+=("$1") ;;
        esac
        shift
    done
    [ ${#positional[@]} -le 3 ] || cannot_run "too many arguments (--help shows the usage)"
    CONNECTOR_NAME=${positional[0]:-${CONNECTOR_NAME:-websocket-source}}
    CONNECT_URL=${positional[1]:-${CONNECT_URL:-http://localhost:8083}}
    JMX_ADDRESS=${positional[2]:-${JMX_ADDRESS:-localhost:9999}}
    CHECK_TIMEOUT=${CHECK_TIMEOUT:-15}
    [[ $CHECK_TIMEOUT =~ ^[1-9][0-9]{0,3}$ ]] || cannot_run "CHECK_TIMEOUT must be whole seconds from 1 to 9999, not $CHECK_TIMEOUT"
}

# ---- REST ------------------------------------------------------------------------------------------------------------

# The URL without userinfo and query, for messages.
shown_url() {
    sed -E 's|^([a-zA-Z]+://)[^/?#]*@|\1|; s|[?#].*||' <<< "$CONNECT_URL"
}

check_rest() {
    local answer body status segment
    segment=$(jq -rn --arg name "$CONNECTOR_NAME" '$name | @uri')
    answer=$(curl -sS --netrc-optional --max-time "$CHECK_TIMEOUT" -w '\n%{http_code}' "${CONNECT_URL%/}/connectors/$segment/status" 2>&1) \
        || finish CRITICAL 2 rest-down "Connect REST API does not answer at $(shown_url) ($(head -n 1 <<< "$answer" | sed 's/^curl: //'))"
    status=${answer##*$'\n'}
    body=${answer%$'\n'*}
    # Other servers know 404 too.
    if [ "$status" = 404 ] && jq -e '.error_code == 404' > /dev/null 2>&1 <<< "$body"; then
        finish CRITICAL 2 connector-missing "Connector not running (state: null): no connector $CONNECTOR_NAME at $(shown_url)"
    fi
    if [ "$status" != 200 ] || ! jq -e '.connector.state | strings' > /dev/null 2>&1 <<< "$body"; then
        finish CRITICAL 2 rest-failed "Connect REST API at $(shown_url) does not tell the connector's status (HTTP status $status)"
    fi
    state=$(jq -c '.connector.state' <<< "$body")
    tasks=$(jq -c '[.tasks[] | {id, state, worker_id}]' <<< "$body")
    check_states "$body"
}

# $1: Connect's answer
check_states() {
    local bad
    [ "$state" = '"RUNNING"' ] || finish CRITICAL 2 connector-not-running "Connector not running (state: $(jq -r . <<< "$state"))"
    [ "$tasks" != '[]' ] || finish CRITICAL 2 task-missing "Task not running (state: null): the connector has no task"
    bad=$(jq -r 'first(.tasks[] | select(.state != "RUNNING"))
        | "Task not running (state: \(.state)): task \(.id) on \(.worker_id)"
            + ((.trace // "") | split("\n")[0] // "" | if . == "" then . else ", " + . end)' <<< "$1")
    [ -z "$bad" ] || finish CRITICAL 2 task-not-running "$bad"
}

# ---- JMX: each tool prints the values of isConnected, a line for each MBean -------------------------------------------

# The first tool whose file is known.
known_tool() {
    if [ -n "${CONNECTOR_JAR:-}" ]; then
        echo connector
    elif [ -n "${JMXTERM_JAR:-}" ]; then
        echo jmxterm
    elif [ -n "${KAFKA_JMX:-}" ]; then
        echo kafka
    fi
}

find_tool() {
    local jar
    tool=${tool:-$(known_tool)}
    if [ -z "${CONNECTOR_JAR:-}" ]; then
        for jar in "$here"/kafka-connect-websocket-*.jar "$here"/../build/libs/kafka-connect-websocket-*.jar; do
            [ ! -f "$jar" ] || CONNECTOR_JAR=$jar
        done
    fi
    if [ -z "${JMXTERM_JAR:-}" ]; then
        for jar in "$here/jmxterm.jar" jmxterm.jar; do
            [ ! -f "$jar" ] || JMXTERM_JAR=$jar
        done
    fi
    [ -n "${KAFKA_JMX:-}" ] || KAFKA_JMX=$(PATH="${KAFKA_HOME:+$KAFKA_HOME/bin:}$PATH" command -v kafka-jmx.sh || true)
    tool=${tool:-$(known_tool)}
    check_tool
}

check_tool() {
    case $tool in
        connector) [ -f "${CONNECTOR_JAR:-}" ] || cannot_run "no connector JAR: CONNECTOR_JAR is '${CONNECTOR_JAR:-}'" ;;
        jmxterm) [ -f "${JMXTERM_JAR:-}" ] || cannot_run "no jmxterm: JMXTERM_JAR is '${JMXTERM_JAR:-}'" ;;
        kafka) [ -x "$KAFKA_JMX" ] || cannot_run "no kafka-jmx.sh: KAFKA_JMX is '$KAFKA_JMX'" ;;
        '') cannot_run "nothing to read JMX with: set CONNECTOR_JAR, JMXTERM_JAR or KAFKA_JMX" ;;
        *) cannot_run "JMX_TOOL must be connector, jmxterm or kafka, not $tool" ;;
    esac
    [ "$tool" = kafka ] || command -v "${java[0]}" > /dev/null || cannot_run "no Java: ${java[0]} is missing"
    [ "$tool" = connector ] || [ -z "${JMX_USER:-}${JMX_TLS:-}" ] \
        || cannot_run "JMX_USER and JMX_TLS work with JMX_TOOL=connector only"
}

# Limits its time itself.
with_connector() {
    local options=(--timeout "$CHECK_TIMEOUT") status
    [ -z "${JMX_USER:-}" ] || options+=(--user "$JMX_USER" --password-file "${JMX_PASSWORD_FILE:-}")
    [ "${JMX_TLS:-}" != true ] || options+=(--tls)
    "${java[@]}" -jar "$CONNECTOR_JAR" "${options[@]}" "$JMX_ADDRESS" "$CONNECTOR_NAME" isConnected 2> "$problem"
    status=$?
    # That there is no such MBean is an answer too.
    [ "$status" != 1 ] || ! grep -q '^no MBean of ' "$problem" || return 0
    return "$status"
}

# A name as it stands in an MBean's name: quoted where the connector quotes it.
bean_name() {
    if [[ $CONNECTOR_NAME =~ ^[A-Za-z0-9_%.\ $'\t'-]+$ ]]; then
        echo "$CONNECTOR_NAME"
    else
        sed 's/[\\"*?]/\\&/g; s/^/"/; s/$/"/' <<< "$CONNECTOR_NAME"
    fi
}

# jmxterm resolves no pattern, so the MBean is looked up in its list, where keys are sorted. It takes backslash, space and # for its own.
with_jmxterm() {
    local beans bean escaped
    beans=$(jmxterm "beans -d io.conduktor.connect.websocket") || return
    while IFS= read -r bean; do
        case $bean in
            "io.conduktor.connect.websocket:name=$(bean_name),type=WebSocketConnector,"*) ;;
            *) continue ;;
        esac
        # shellcheck disable=SC2001  # bash alone cannot put something before each of several characters
        escaped=$(sed 's/[\\ #]/\\&/g' <<< "$bean")
        jmxterm "get -s -b $escaped isConnected" || return
    done <<< "$beans"
}

# $1: a command
jmxterm() {
    limited "${java[@]}" -jar "$JMXTERM_JAR" -l "$JMX_ADDRESS" -n -v silent <<< "$1"
}

with_kafka() {
    local url=$JMX_ADDRESS answer status
    [[ $url == service:* ]] || url="service:jmx:rmi:///jndi/rmi://$url/jmxrmi"
    answer=$(limited "$KAFKA_JMX" --jmx-url "$url" --attributes isConnected --one-time --report-format tsv \
        --object-name "io.conduktor.connect.websocket:type=WebSocketConnector,name=$(bean_name),url=*" < /dev/null)
    status=$?
    [ "$status" = 0 ] || ! grep -q 'No matched attributes' "$problem" || return 0
    awk -F '\t' '/:isConnected\t/ { print $2 }' <<< "$answer"
    return "$status"
}

# Runs a command for a limited time.
limited() {
    timeout "$CHECK_TIMEOUT" "$@" 2> "$problem"
}

# $1: exit status of the tool. In a Java stack trace the last cause says most.
jmx_problem() {
    if [ "$1" = 124 ]; then
        echo "no answer within $CHECK_TIMEOUT s"
    else
        grep 'Caused by: ' "$problem" | tail -n 1 | grep . || grep -m 1 . "$problem" || echo "$tool ended with status $1"
    fi
}

check_connection() {
    local values status
    problem=$(mktemp) || cannot_run "no temporary file"
    trap 'rm -f "$problem"' EXIT
    case $tool in
        connector) values=$(with_connector) ;;
        jmxterm) values=$(with_jmxterm) ;;
        kafka) values=$(with_kafka) ;;
    esac
    status=$?
    [ "$tool $status" != "connector 2" ] || cannot_run "$(cat "$problem")"
    [ "$status" = 0 ] || finish WARNING 1 jmx-closed "WebSocket connection unknown: JMX at $JMX_ADDRESS cannot be read ($(jmx_problem "$status"))"
    if [ -z "$values" ]; then
        finish WARNING 1 bean-missing "WebSocket connection unknown: no MBean of $CONNECTOR_NAME in the worker at $JMX_ADDRESS; its task runs on $(
            jq -r 'map(.worker_id) | unique | join(", ")' <<< "$tasks")"
    fi
    if grep -qvx true <<< "$values"; then
        connected=false
        finish WARNING 1 disconnected "WebSocket not connected"
    fi
    connected=true
}

parse_arguments "$@"
read -ra java_options <<< "${JMX_JAVA_OPTS:-}"
java+=(${java_options[@]+"${java_options[@]}"})
for program in curl jq timeout; do
    command -v "$program" > /dev/null || cannot_run "$program is missing"
done
check_rest
find_tool
check_connection
finish OK 0 "" "Connector healthy"
