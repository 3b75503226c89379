/* A library of another version, as far as Java asks before it goes on. */

#include <jni.h>
#include <string.h>

JNIEXPORT jbyteArray JNICALL Java_org_meetbridge_Native_version(JNIEnv *env, jclass class)
{
    (void)class;
    const char *version = "9.9.9";
    jsize length = (jsize)strlen(version);
    jbyteArray bytes = (*env)->NewByteArray(env, length);
    if (bytes != NULL)
        (*env)->SetByteArrayRegion(env, bytes, 0, length, (const jbyte *)version);
    return bytes;
}
