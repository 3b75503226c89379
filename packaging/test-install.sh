# Part of test.sh: install.sh tried for real, with $package and $scratch.

prefix=$scratch/prefix
installed() {
    find "$1" ! -type d | sed "s,^$1/,," | sort
}

# First, from nothing; before, a look.
mkdir "$prefix"
"$package/install.sh" --prefix "$prefix" --dry-run >"$scratch/said"
grep -q "would install $prefix/lib/libmeetbridge.so, mode 755" "$scratch/said" || fail 'a dry run says too little'
[ -z "$(installed "$prefix")" ] || fail 'a dry run installs'
"$package/install.sh" --prefix "$prefix"
equal 'installed' "$(installed "$prefix")" "bin/meetbridge
include/meetbridge.h
lib/libmeetbridge.so
lib/pkgconfig/meetbridge.pc
share/doc/meetbridge/CHANGELOG.md
share/doc/meetbridge/LICENSE
share/doc/meetbridge/THIRD-PARTY-LICENSES.txt
share/doc/meetbridge/libmeetbridge.so.cdx.json
share/doc/meetbridge/meetbridge.cdx.json
share/java/meetbridge.jar
share/meetbridge/MeetBridge.lss"
equal 'the command' "$("$prefix/bin/meetbridge" --version)" "meetbridge $version"

# What pkg-config says is enough to compile and link: the sample, and a host that waits.
PKG_CONFIG_PATH=$prefix/lib/pkgconfig
export PKG_CONFIG_PATH
equal 'pkg-config' "$(pkg-config --modversion meetbridge)" "$version"
cat >"$scratch/host.c" <<'HOST'
#include <stdio.h>
#include <meetbridge.h>

int main(void)
{
    uint32_t bridge;
    while (getchar() != EOF) {
        int32_t status = meetbridge_open("{}", &bridge);
        printf("%s %s\n", meetbridge_version(), meetbridge_status_name(status));
        fflush(stdout);
    }
    return 0;
}
HOST
compile() {
    # shellcheck disable=SC2046  # flags
    gcc -std=c99 -o "$1" "$2" $(pkg-config --cflags --libs meetbridge) -Wl,-rpath,"$prefix/lib"
}
compile "$scratch/host" "$scratch/host.c"
compile "$scratch/sample" samples/c-host/main.c

# A newer version under a host that runs: it goes on with what it has loaded, and the next takes the new.
mkfifo "$scratch/orders" "$scratch/answers"
"$scratch/host" <"$scratch/orders" >"$scratch/answers" &
running=$!
exec 3>"$scratch/orders" 4<"$scratch/answers"
ask() {
    echo >&3
    read -r answer <&4
    equal "$1" "$answer" "$version INVALID_SETTINGS"
}
ask 'before the upgrade'
cp -r "$package" "$scratch/newer"
printf 'newer' >>"$scratch/newer/linux-x86_64/libmeetbridge.so"
! "$scratch/newer/install.sh" --prefix "$prefix" >/dev/null 2>&1 || fail 'a broken package is installed'
(cd "$scratch/newer" && find . -type f ! -name SHA256SUMS | sed 's,^\./,,' | xargs sha256sum >SHA256SUMS)
"$scratch/newer/install.sh" --prefix "$prefix" >/dev/null
cmp "$scratch/newer/linux-x86_64/libmeetbridge.so" "$prefix/lib/libmeetbridge.so"
grep -q 'libmeetbridge.so (deleted)' "/proc/$running/maps" || fail 'the host has not the old library'
ask 'after it'
exec 3>&-
wait "$running"
running=
equal 'started anew' "$(echo | "$scratch/host" | sed -n 1p)" "$version INVALID_SETTINGS"

# Where one file cannot be placed, all stay as they were.
rm "$prefix/share/java/meetbridge.jar"
mkdir "$prefix/share/java/meetbridge.jar"
find "$prefix" -printf '%P %i\n' | sort >"$scratch/before"
! "$package/install.sh" --prefix "$prefix" 2>/dev/null || fail 'a folder is replaced'
find "$prefix" -printf '%P %i\n' | sort | diff "$scratch/before" - || fail 'a failure leaves a part'
rmdir "$prefix/share/java/meetbridge.jar"

# Whose the files are. Other users' ids are for root to give.
whose() {
    stat -c '%u:%g %a' "$1"
}
# A link in the place of a file is replaced, and lends it nothing.
cp /bin/true "$scratch/strange"
chmod 4755 "$scratch/strange"
ln -sf "$scratch/strange" "$prefix/bin/meetbridge"
"$package/install.sh" --prefix "$prefix" >/dev/null
equal 'in the place of a link' "$(stat -c '%F %a' "$prefix/bin/meetbridge")" 'regular file 755'
rm "$prefix/share/java/meetbridge.jar"
if [ "$(id -u)" -eq 0 ]; then
    chown 4711:4712 "$prefix/lib/libmeetbridge.so"
    chmod 550 "$prefix/lib/libmeetbridge.so"
    "$package/install.sh" --prefix "$prefix" --owner 4713:4714 >/dev/null
    equal 'an owner that was' "$(whose "$prefix/lib/libmeetbridge.so")" '4711:4712 550'
    equal 'an owner that is new' "$(whose "$prefix/share/java/meetbridge.jar")" '4713:4714 644'
    chmod 755 "$scratch"
    mkdir "$scratch/others"
    chown 4711:4712 "$scratch/others"
    setpriv --reuid 4711 --regid 4712 --clear-groups "$package/install.sh" --prefix "$scratch/others" >/dev/null
    equal 'another user' "$(whose "$scratch/others/lib/libmeetbridge.so")" '4711:4712 755'
else
    echo 'test-dist: other owners are not tried, as this is not root'
fi

# Away again, with nothing of others'.
touch "$prefix/lib/other.so"
"$package/install.sh" --prefix "$prefix" --uninstall >/dev/null
equal 'uninstalled' "$(installed "$prefix")" lib/other.so

# A Domino server: one folder, and a link in the program directory.
mkdir "$scratch/program"
domino() {
    "$package/install.sh" --prefix "$scratch/domino" --domino "$scratch/program" "$@" >/dev/null
}
domino
domino
equal 'the link' "$(readlink "$scratch/program/libmeetbridge.so")" "$scratch/domino/libmeetbridge.so"
cmp "$library" "$scratch/program/libmeetbridge.so"
domino --uninstall
equal 'nothing is left' "$(find "$scratch/program" "$scratch/domino" -mindepth 1 2>/dev/null)" ''
