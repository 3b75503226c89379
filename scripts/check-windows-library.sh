#!/bin/sh
# Whether a DLL has what the header promises and nothing else, and needs nothing that Windows does
# not have: check-windows-library.sh DLL INTERFACE. The interface is a file of include/abi.
set -eu

dll=$1
interface=$2
# What is part of every Windows since 10.
system='advapi32 api-ms-win-.* bcrypt bcryptprimitives crypt32 kernel32 msvcrt ntdll ole32 oleaut32
    secur32 shell32 user32 userenv ws2_32'

headers=$(x86_64-w64-mingw32-objdump -p "$dll")
complain() {
    echo "$dll: $1" >&2
    exit 1
}

imported=$(echo "$headers" | sed -n 's/^\tDLL Name: \(.*\)\.dll$/\1/Ip')
for import in $(echo "$imported" | tr '[:upper:]' '[:lower:]'); do
    known=
    for name in $system; do
        if echo "$import" | grep -qx "$name"; then
            known=yes
        fi
    done
    test -n "$known" || complain "needs $import.dll, which is not part of Windows"
done

export LC_ALL=C
exported=$(echo "$headers" | sed -n '/^\[Ordinal\/Name Pointer\] Table/,/^$/ s/^\t.*\] //p' | sort)
promised=$(grep -oE 'meetbridge_[a-z_]+\(|^Java_[A-Za-z_]+' "$interface" | tr -d '(' | sort -u)
test "$exported" = "$promised" || complain "exports
$exported
and not
$promised"

name=$(echo "$headers" | sed -n 's/^Name[ \t]*[0-9a-f]* \(.*\)$/\1/p')
test "$name" = "${dll##*/}" || complain "calls itself $name"
