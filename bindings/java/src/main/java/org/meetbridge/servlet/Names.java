package org.meetbridge.servlet;

import java.text.Normalizer;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/** Users' names as a container tells them. */
final class Names {
    private Names() {
    }

    /** The signed-in user; null where nobody is, which Domino calls Anonymous. */
    static String signedIn(String remoteUser) {
        if (remoteUser == null || remoteUser.trim().isEmpty()
                || normal(remoteUser).equals("anonymous")) {
            return null;
        }
        return remoteUser;
    }

    /** Names separated by semicolons; none of null. */
    static Set<String> list(String names) {
        Set<String> list = new HashSet<>();
        for (String name : names == null ? new String[0] : names.split(";")) {
            if (!name.trim().isEmpty()) {
                list.add(normal(name));
            }
        }
        return list;
    }

    /**
     * The same for the canonical and the abbreviated form, in any case, in full width or half, as
     * the library compares names.
     */
    static String normal(String name) {
        String plain = Normalizer.normalize(name, Normalizer.Form.NFKC);
        return abbreviated(plain.trim()).toLowerCase(Locale.ROOT);
    }

    /** As people write it: {@code Anna Berg/HR/Acme}. */
    static String abbreviated(String name) {
        return name.replaceAll("(?i)(^|/)\\s*(cn|ou[1-4]?|o|c)=", "$1");
    }
}
