package org.meetbridge;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The operations that the native side is called for. */
enum Operation {
    START_AUTHORIZATION, COMPLETE_AUTHORIZATION, GET_AUTHORIZATION, REVOKE_AUTHORIZATION,
    LIST_AUTHORIZATIONS, RENAME_USER, FORGET_USER, CREATE_MEETING, GET_MEETING, UPDATE_MEETING,
    DELETE_MEETING, LIST_MEETINGS, GET_INVITATION, HANDLE_WEBHOOK, LIST_AUDIT, MAINTAIN, DIAGNOSE;

    private int number;

    /** By which the native side knows it, since {@link #learn}. */
    int number() {
        return number;
    }

    /** Takes the numbers from the library itself: the names, each on a line, in their order. */
    static void learn(String names) {
        List<String> known = Arrays.asList(names.split("\n"));
        for (Operation operation : values()) {
            operation.number = known.indexOf(operation.name().toLowerCase(Locale.ROOT));
        }
    }
}
