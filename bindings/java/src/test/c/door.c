/* The C door for Java's tests: the same library in the same process, without Java in between. */

#include <dlfcn.h>
#include <jni.h>
#include <pthread.h>
#include <stdint.h>

#include "meetbridge.h"

static int32_t (*start)(uint32_t, const char *, const char *, const char *, const char *, char **);
static int32_t (*list)(uint32_t, const char *, const char *, const char *, const char *, char **);
static void (*string_free)(char *);

/* Finds the library that Java has loaded already. */
JNIEXPORT jboolean JNICALL Java_org_meetbridge_CDoor_find(JNIEnv *env, jclass class, jstring path)
{
    (void)class;
    const char *name = (*env)->GetStringUTFChars(env, path, NULL);
    void *library = dlopen(name, RTLD_NOW | RTLD_NOLOAD);
    (*env)->ReleaseStringUTFChars(env, path, name);
    if (library == NULL)
        return JNI_FALSE;
    *(void **)&start = dlsym(library, "meetbridge_start_authorization");
    *(void **)&list = dlsym(library, "meetbridge_list_meetings");
    *(void **)&string_free = dlsym(library, "meetbridge_string_free");
    return start != NULL && list != NULL && string_free != NULL;
}

/* Starts so many authorizations, until one fails; gives the status of the last. */
JNIEXPORT jint JNICALL Java_org_meetbridge_CDoor_start(JNIEnv *env, jclass class, jint bridge,
                                                       jstring user, jstring options, jint times)
{
    (void)class;
    const char *user_text = (*env)->GetStringUTFChars(env, user, NULL);
    const char *options_text = (*env)->GetStringUTFChars(env, options, NULL);
    int32_t status = MEETBRIDGE_OK;
    for (jint time = 0; time < times && status == MEETBRIDGE_OK; time++) {
        char *url;
        status = start((uint32_t)bridge, "zoom", user_text, NULL, options_text, &url);
        string_free(url);
    }
    (*env)->ReleaseStringUTFChars(env, user, user_text);
    (*env)->ReleaseStringUTFChars(env, options, options_text);
    return status;
}

struct call {
    uint32_t bridge;
    int32_t status;
};

static void *run(void *data)
{
    struct call *call = data;
    char *page;
    call->status = list(call->bridge, "zoom", "anna@example.com", NULL, NULL, &page);
    string_free(page);
    return NULL;
}

/* Lists Anna's meetings on a thread that the JVM does not know; gives the status. */
JNIEXPORT jint JNICALL Java_org_meetbridge_CDoor_listOnThreadOfItsOwn(JNIEnv *env, jclass class,
                                                                      jint bridge)
{
    (void)env;
    (void)class;
    struct call call = {(uint32_t)bridge, -1};
    pthread_t thread;
    if (pthread_create(&thread, NULL, run, &call) == 0)
        pthread_join(thread, NULL);
    return call.status;
}
