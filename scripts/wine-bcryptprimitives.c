/* Wine 8 has no bcryptprimitives.dll. This one is for tests under Wine alone. */
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL ProcessPrng(unsigned char *bytes, size_t count);

BOOL ProcessPrng(unsigned char *bytes, size_t count) {
    return RtlGenRandom(bytes, (ULONG)count);
}
