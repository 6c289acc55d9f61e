/*
 * Plays as much of a JVM as the native library needs for one session. scripts/load-release runs it for want of a JVM on musl: it loads a library that
 * is linked against musl and receives messages from a feed through the very functions that the library registers for Java.
 *
 * Usage: stand_in_jvm LIBRARY URL CA_DER COUNT
 * URL is a feed's /numbered scenario, CA_DER the certificate to trust. Ends with 0 when COUNT messages came in order, else says why not.
 */
#include <dlfcn.h>
#include <jni.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { STATS = 15, BATCH = 1 << 20, HEADER = 16, LIMIT_SECONDS = 60 };

/* Any Java object: a string, an array of bytes or longs, or an array of one element. */
struct object {
    jsize length;
    char *bytes;
    struct object *element;
};

static struct object class;
static JNINativeMethod methods[16];
static int method_count;

static void fail(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    vfprintf(stderr, format, values);
    va_end(values);
    fputc('\n', stderr);
    exit(1);
}

static struct object *new_object(const char *bytes, jsize length)
{
    struct object *object = calloc(1, sizeof *object);
    object->length = length;
    object->bytes = calloc((size_t)length + 1, 1);
    if (bytes) {
        memcpy(object->bytes, bytes, (size_t)length);
    }
    return object;
}

/* What the library calls. References are plain pointers and are never freed: the program is short. */

static void JNICALL unexpected(void)
{
    fail("the library called a JNI function that this program does not have");
}

static jint JNICALL get_version(JNIEnv *env)
{
    return JNI_VERSION_1_8;
}

static jclass JNICALL find_class(JNIEnv *env, const char *name)
{
    if (strstr(name, "NativeException")) {
        fail("the library is about to throw a NativeException");
    }
    return (jclass)&class;
}

/* Of other classes the library only wants to know that they are there: its JNI crate looks up methods and class loaders in advance. */

static jmethodID JNICALL any_method(JNIEnv *env, jclass target, const char *name, const char *signature)
{
    return (jmethodID)&class;
}

static jobject JNICALL any_class(JNIEnv *env, jobject target, jmethodID method, const jvalue *arguments)
{
    return (jobject)&class;
}

static jboolean JNICALL is_instance_of(JNIEnv *env, jobject object, jclass target)
{
    return JNI_TRUE;
}

static jint JNICALL register_natives(JNIEnv *env, jclass target, const JNINativeMethod *table, jint count)
{
    for (jint i = 0; i < count && method_count < 16; i++) {
        methods[method_count].name = strdup(table[i].name);
        methods[method_count].signature = strdup(table[i].signature);
        methods[method_count++].fnPtr = table[i].fnPtr;
    }
    return JNI_OK;
}

static jboolean JNICALL exception_check(JNIEnv *env)
{
    return JNI_FALSE;
}

static jthrowable JNICALL exception_occurred(JNIEnv *env)
{
    return NULL;
}

static jint JNICALL push_local_frame(JNIEnv *env, jint capacity)
{
    return JNI_OK;
}

static jobject JNICALL same_reference(JNIEnv *env, jobject reference)
{
    return reference;
}

static void JNICALL delete_reference(JNIEnv *env, jobject reference)
{
}

static jstring JNICALL new_string_utf(JNIEnv *env, const char *text)
{
    return (jstring)new_object(text, (jsize)strlen(text));
}

static const char *JNICALL get_string_utf_chars(JNIEnv *env, jstring string, jboolean *is_copy)
{
    if (is_copy) {
        *is_copy = JNI_FALSE;
    }
    return ((struct object *)string)->bytes;
}

static void JNICALL release_string_utf_chars(JNIEnv *env, jstring string, const char *chars)
{
}

static jsize JNICALL length(JNIEnv *env, jobject object)
{
    return ((struct object *)object)->length;
}

static jobject JNICALL get_object_array_element(JNIEnv *env, jobjectArray array, jsize index)
{
    return (jobject)((struct object *)array)->element;
}

static void JNICALL get_byte_array_region(JNIEnv *env, jbyteArray array, jsize start, jsize count, jbyte *into)
{
    memcpy(into, ((struct object *)array)->bytes + start, (size_t)count);
}

static void JNICALL set_byte_array_region(JNIEnv *env, jbyteArray array, jsize start, jsize count, const jbyte *from)
{
    memcpy(((struct object *)array)->bytes + start, from, (size_t)count);
}

static void JNICALL set_long_array_region(JNIEnv *env, jlongArray array, jsize start, jsize count, const jlong *from)
{
    memcpy((jlong *)((struct object *)array)->bytes + start, from, (size_t)count * sizeof *from);
}

static struct JNINativeInterface_ functions;
static JNIEnv env = &functions;

static jint JNICALL get_env(JavaVM *vm, void **into, jint version)
{
    *into = &env;
    return JNI_OK;
}

static struct JNIInvokeInterface_ invocations = {.GetEnv = get_env};
static JavaVM vm = &invocations;

static void fill_functions(void)
{
    void **slot = (void **)&functions;
    for (size_t i = 0; i < sizeof functions / sizeof *slot; i++) {
        slot[i] = (void *)unexpected;
    }
    functions.GetVersion = get_version;
    functions.FindClass = find_class;
    functions.GetMethodID = any_method;
    functions.GetStaticMethodID = any_method;
    functions.CallObjectMethodA = any_class;
    functions.CallStaticObjectMethodA = any_class;
    functions.IsInstanceOf = is_instance_of;
    functions.RegisterNatives = register_natives;
    functions.ExceptionCheck = exception_check;
    functions.ExceptionOccurred = exception_occurred;
    functions.PushLocalFrame = push_local_frame;
    functions.PopLocalFrame = same_reference;
    functions.NewGlobalRef = same_reference;
    functions.NewLocalRef = same_reference;
    functions.DeleteGlobalRef = delete_reference;
    functions.DeleteLocalRef = delete_reference;
    functions.NewStringUTF = new_string_utf;
    functions.GetStringUTFChars = get_string_utf_chars;
    functions.ReleaseStringUTFChars = release_string_utf_chars;
    functions.GetStringUTFLength = (jsize(JNICALL *)(JNIEnv *, jstring))length;
    functions.GetArrayLength = (jsize(JNICALL *)(JNIEnv *, jarray))length;
    functions.GetObjectArrayElement = get_object_array_element;
    functions.GetByteArrayRegion = get_byte_array_region;
    functions.SetByteArrayRegion = set_byte_array_region;
    functions.SetLongArrayRegion = set_long_array_region;
}

static void *native(const char *name)
{
    for (int i = 0; i < method_count; i++) {
        if (strcmp(methods[i].name, name) == 0) {
            return methods[i].fnPtr;
        }
    }
    fail("the library did not register %s", name);
    return NULL;
}

static void load(const char *library)
{
    void *handle = dlopen(library, RTLD_NOW);
    if (!handle) {
        fail("%s", dlerror());
    }
    jint (*on_load)(JavaVM *, void *) = (jint(*)(JavaVM *, void *))dlsym(handle, "JNI_OnLoad");
    if (!on_load) {
        fail("%s", dlerror());
    }
    if (on_load(&vm, NULL) != JNI_VERSION_1_8) {
        fail("JNI_OnLoad failed");
    }
}

static struct object *read_file(const char *name)
{
    struct object *content = new_object(NULL, 1 << 16);
    FILE *file = fopen(name, "rb");
    if (!file) {
        fail("cannot open %s", name);
    }
    content->length = (jsize)fread(content->bytes, 1, 1 << 16, file);
    fclose(file);
    return content;
}

static jlong open_session(const char *url, const char *certificate)
{
    char settings[512];
    snprintf(settings, sizeof settings, "{\"connector\":\"check\",\"url\":\"%s\",\"reconnect\":{\"enabled\":false}}", url);
    struct object *anchors = new_object(NULL, 1);
    anchors->element = read_file(certificate);
    jlong (*open)(JNIEnv *, jclass, jstring, jobjectArray) = native("open");
    return open(&env, (jclass)&class, (jstring)new_string_utf(&env, settings), (jobjectArray)anchors);
}

/* Checks a batch's records against the feed's numbering, from `next` on, and returns the number that must follow. */
static long check(const char *batch, jint bytes, long next)
{
    char start[32];
    for (jint offset = 0; offset < bytes; next++) {
        jint payload;
        memcpy(&payload, batch + offset, sizeof payload);
        const char *message = batch + offset + HEADER;
        size_t digits = (size_t)snprintf(start, sizeof start, "{\"n\":%ld,", next);
        if (payload < (jint)digits || memcmp(message, start, digits) != 0 || message[payload - 1] != '}') {
            fail("message %ld is %.*s", next, payload, message);
        }
        offset += HEADER + payload;
    }
    return next;
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fail("usage: stand_in_jvm LIBRARY URL CA_DER COUNT");
    }
    fill_functions();
    load(argv[1]);
    jlong handle = open_session(argv[2], argv[3]);
    jint (*poll)(JNIEnv *, jclass, jlong, jbyteArray, jlong) = native("poll");
    struct object *batch = new_object(NULL, BATCH);
    long count = atol(argv[4]), next = 0;
    for (time_t end = time(NULL) + LIMIT_SECONDS; next < count;) {
        next = check(batch->bytes, poll(&env, (jclass)&class, handle, (jbyteArray)batch, 500), next);
        if (time(NULL) > end) {
            fail("only %ld messages came within %d s", next, LIMIT_SECONDS);
        }
    }
    struct object *stats = new_object(NULL, STATS * (jsize)sizeof(jlong));
    void (*close)(JNIEnv *, jclass, jlong, jlongArray) = native("close");
    close(&env, (jclass)&class, handle, (jlongArray)stats);
    if (((jlong *)stats->bytes)[0] != count) {
        fail("%ld messages came, but the library counted %lld", count, (long long)((jlong *)stats->bytes)[0]);
    }
    jstring (*version)(JNIEnv *, jclass) = native("version");
    printf("version %s: %ld messages over %.*s\n", ((struct object *)version(&env, (jclass)&class))->bytes, count,
        (int)strcspn(argv[2], ":"), argv[2]);
    return 0;
}
